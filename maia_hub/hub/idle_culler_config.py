"""What jupyterhub-idle-culler reads."""

from typing import Any

from maia_hub.hub.culling import is_idle

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821 - the culler puts it there
c.IdleCuller.cull_arbiter_hook = is_idle
