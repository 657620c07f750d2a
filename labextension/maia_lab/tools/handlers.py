"""The server's routes about the project's tools, below ``maia/tools``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from maia_hub.core.errors import NotFound
from maia_lab.handling import EventHandler, JsonHandler
from maia_lab.tools.holdings import HOLDINGS
from maia_lab.tools.place import Place

if TYPE_CHECKING:
    from maia_lab.tools.desk import Desk

DESK = "maia_tools_desk"


class ToolsHandler(JsonHandler):
    """What all of them share."""

    @property
    def desk(self) -> Desk:
        """Return the server's one desk; Unavailable where there are no tools."""
        if DESK not in self.settings:
            place = Place.required()
            # Not at the top: most of it is loaded by nothing else that a server does at its start.
            from maia_lab.tools.desk import Desk  # noqa: PLC0415
            from maia_lab.tools.door import Door  # noqa: PLC0415

            self.settings[DESK] = Desk(Door(place))
        desk: Desk = self.settings[DESK]
        return desk


class FeedHandler(EventHandler, ToolsHandler):
    """GET maia/tools/feed?project=…: the state of a project, whenever it changes."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Stream."""
        follower = self.desk.of(self.get_argument("project", ""))
        async with self.stream():
            with follower.listening() as queue:
                await self.pass_on(queue)


class StateHandler(ToolsHandler):
    """GET maia/tools/state?project=…: the state alone; a browser whose stream fails learns here why."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with it, asked anew."""
        follower = self.desk.of(self.get_argument("project", ""))
        await follower.look()
        self.answer(follower.state)


class ActionHandler(ToolsHandler):
    """POST maia/tools/PROJECT/NAME/start, …/stop and …/rotate."""

    @web.authenticated
    @authorized
    async def post(self, project: str, name: str, action: str) -> None:
        """Have it done; what comes of it is told by the stream."""
        desk = self.desk
        await desk.door.post("tools", project, name, action)
        await desk.of(project).look()
        self.set_status(204)
        self.finish()


class LogHandler(ToolsHandler):
    """GET maia/tools/PROJECT/NAME/log: the end of what it writes."""

    @web.authenticated
    @authorized
    async def get(self, project: str, name: str) -> None:
        """Answer with it."""
        self.answer(await self.desk.door.get("tools", project, name, "log", lines="500"))


class CredentialsHandler(ToolsHandler):
    """GET maia/tools/PROJECT/NAME/credentials: for whoever asks to see them, and kept nowhere."""

    @web.authenticated
    @authorized
    async def get(self, project: str, name: str) -> None:
        """Answer with them."""
        self.answer(await self.desk.door.get("tools", project, name, "credentials"))


class KernelHandler(ToolsHandler):
    """POST maia/tools/kernels/ID: a kernel has asked for what the tools tell, and holds it."""

    @web.authenticated
    @authorized
    async def post(self, kernel: str) -> None:
        """Note it."""
        desk = self.desk
        if kernel not in self.settings["kernel_manager"]:
            raise NotFound("There is no such kernel any more.")
        HOLDINGS.given(kernel, await desk.door.environment())
        self.set_status(204)
        self.finish()


def handlers(base_url: str) -> list[tuple[str, type[Any]]]:
    """Return the routes below ``base_url``."""
    tool = r"([A-Za-z0-9._-]+)/([a-z0-9-]+)"
    routes: list[tuple[str, type[Any]]] = [
        ("feed", FeedHandler),
        ("state", StateHandler),
        (r"kernels/([a-f0-9-]+)", KernelHandler),
        (f"{tool}/(start|stop|rotate)", ActionHandler),
        (f"{tool}/log", LogHandler),
        (f"{tool}/credentials", CredentialsHandler),
    ]
    return [(url_path_join(base_url, "maia", "tools", path), handler) for path, handler in routes]
