"""What ``jupyterhub -f`` reads: the configuration made from the data folder that ``MAIA_DATA`` names."""

from typing import Any

from maia_hub.core.errors import NotFound
from maia_hub.embedded.folder import choose
from maia_hub.embedded.hub_config import configure
from maia_hub.embedded.settings import load

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821 - JupyterHub puts it there
_folder = choose(None)
_settings = load(_folder.settings)
if _settings is None:
    raise NotFound("There are no settings yet.", given=str(_folder.root), advice="Run: maia up")
configure(c, _settings, _folder)
