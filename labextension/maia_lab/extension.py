"""The Jupyter server extension: wiring only. The handlers live with their subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maia_lab import shared, tutorials, visitors
from maia_lab.gpu import handlers as gpu
from maia_lab.hpc import handlers as hpc
from maia_lab.imaging import handlers as images
from maia_lab.monailabel import handlers as monailabel
from maia_lab.monailabel import labels, lasting, learning
from maia_lab.monailabel.serving import SERVING, Serving
from maia_lab.tools import handlers as tools
from maia_lab.tools import provisioner, shell
from maia_lab.tools.place import Place
from maia_lab.workspace import Workspace

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Add the routes below ``maia/``, tell the Lab page where it is, watch who comes, and bring the tutorials."""
    workspace = Workspace.from_environment()
    tools_place = Place.from_environment()
    page = {**workspace.page_config(), **(tools_place.page_config() if tools_place else {})}
    app.web_app.settings.setdefault("page_config_data", {}).update(page)
    app.web_app.settings[SERVING] = Serving()
    for subject in (gpu, hpc, tools, images, monailabel):
        app.web_app.add_handlers(".*$", subject.handlers(app.web_app.settings["base_url"]))
    visitors.watch(app, workspace)
    lasting.look_after(app.log)
    labels.look_after(app).arrived.append(learning.look_after(app).arrived)
    if tools_place:
        provisioner.look_after(app)
        shell.look_after(app)
    app.log.info("maia_lab: %s", workspace.told())
    try:
        tutorials.bring()
    except OSError as e:
        app.log.warning("maia_lab: the tutorials were not copied into the home: %s", e)
    try:
        shared.bring()
    except OSError as e:
        app.log.warning("maia_lab: the folders of your groups are not linked into the home: %s", e)
