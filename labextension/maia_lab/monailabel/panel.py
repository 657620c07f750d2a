"""The panel's routes: what runs, what could be started, and how far that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from maia_lab.handling import EventHandler, JsonHandler

if TYPE_CHECKING:
    from maia_lab.monailabel.desk import Desk

DESK = "maia_monailabel_desk"
_LINES = 200
_MOST_LINES = 5_000


class PanelHandler(JsonHandler):
    """Knows the server's one desk."""

    @property
    def desk(self) -> Desk:
        """Return it."""
        if DESK not in self.settings:
            from maia_lab.monailabel.desk import Desk  # noqa: PLC0415 - loaded by nothing that a server does at its start

            root = Path(self.settings["server_root_dir"]).expanduser()
            self.settings[DESK] = Desk(root, self.settings["base_url"])
        desk: Desk = self.settings[DESK]
        return desk


class ServersHandler(PanelHandler):
    """GET maia/monailabel: servers, choices and tasks; POST: start a server, answered with the task that does it."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with them."""
        self.answer(await self.desk.state())

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Begin."""
        given = self.body()
        task = await self.desk.start(str(given.get("tab", "")), given)
        self.answer(task.view(), 202)


class ServerHandler(PanelHandler):
    """DELETE maia/monailabel/NAME: stop a server, answered with the task that does it."""

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Begin."""
        self.answer(self.desk.stop("", name).view(), 202)


class PrepareHandler(ServerHandler):
    """POST maia/monailabel/prepare: make the environment."""

    @web.authenticated
    @authorized
    async def post(self, _name: str) -> None:
        """Begin."""
        self.answer(self.desk.prepare(str(self.body().get("tab", ""))).view(), 202)


class EventsHandler(EventHandler, ServerHandler):
    """GET maia/monailabel/events: the state, then what changes, for as long as the browser listens."""

    @web.authenticated
    @authorized
    async def get(self, _name: str) -> None:
        """Stream."""
        await self.follow(self.desk.feed, self.desk.state)


class LogHandler(PanelHandler):
    """GET maia/monailabel/NAME/log?lines=…: the end of a server's log."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Answer with it."""
        from maia_hub.monailabel import server  # noqa: PLC0415

        wanted = self.get_argument("lines", str(_LINES))
        lines = min(int(wanted), _MOST_LINES) if wanted.isdecimal() and int(wanted) else _LINES
        self.answer({"lines": server.log(name, lines)})


class TaskHandler(PanelHandler):
    """DELETE maia/monailabel/tasks/ID: give it up; what was begun is stopped."""

    @web.authenticated
    @authorized
    async def delete(self, task: str) -> None:
        """Cancel it."""
        self.desk.tasks.cancel(task)
        self.set_status(204)
        self.finish()


def routes(name: str) -> list[tuple[str, type[Any]]]:
    """Return them; ``name`` matches that of a server. One that is called as a route of ours can be stopped, too."""
    return [
        ("", ServersHandler),
        ("tasks/([0-9a-f]{16})", TaskHandler),
        ("(prepare)", PrepareHandler),
        ("(events)", EventsHandler),
        (name, ServerHandler),
        (f"{name}/log", LogHandler),
    ]
