"""The server's routes about images, below ``maia/images``.

What is searched for travels in bodies, never in addresses: those are logged.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from maia_hub.core.errors import Unavailable
from maia_lab.imaging.handlersbase import ImagesEventHandler, ImagesHandler
from maia_lab.imaging.uploadhandlers import FileHandler, UploadHandler, UploadsHandler

MOST = 500
"""Studies of a page."""


class StateHandler(ImagesHandler):
    """GET maia/images/state: the archive, or why there is none, and what is being done."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with it."""
        self.answer(await self.desk.state())


class FeedHandler(ImagesEventHandler):
    """GET maia/images/feed: the state, then what becomes of tasks, for as long as the browser listens."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Stream."""
        await self.follow(self.desk.feed, self.desk.state)


class StudiesHandler(ImagesHandler):
    """POST maia/images/studies: a page of those that match; ``more`` says whether another one may follow."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer with it."""
        desk, given = self.desk, self.body()
        from maia_lab.imaging import views  # noqa: PLC0415

        offset, limit = _number(given, "offset", 0), min(_number(given, "limit", 100), MOST)
        found = await (await desk.web()).studies(limit=limit, offset=offset, **views.wanted(given))
        self.answer({"studies": [views.study(each) for each in found], "more": len(found) == limit})


class SeriesHandler(ImagesHandler):
    """GET maia/images/studies/UID/series."""

    @web.authenticated
    @authorized
    async def get(self, study: str) -> None:
        """Answer with them."""
        desk = self.desk
        from maia_lab.imaging import views  # noqa: PLC0415

        self.answer([views.series(each) for each in await (await desk.web()).series(study)])


class ThumbnailHandler(ImagesHandler):
    """GET maia/images/studies/UID/series/UID/thumbnail: a small picture of its middle."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, study: str, series: str) -> None:
        """Answer with it; no cache keeps it."""
        desk = self.desk
        from maia_hub.imaging import Series  # noqa: PLC0415

        async with desk.thumbnails:
            picture = await (await desk.web()).thumbnail(Series(uid=series, study_uid=study))
        png = picture.startswith(b"\x89PNG")
        self.set_header("Cache-Control", "no-store")
        self.finish(picture, set_content_type="image/png" if png else "image/jpeg")


class ViewerHandler(ImagesHandler):
    """GET maia/images/viewer: where the project's OHIF is."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with its address, or say why there is none."""
        card = await self.desk.tool("ohif")
        if card is None:
            raise Unavailable("This project has no OHIF.", advice="Ask who leads the project for the tool.")
        if card["state"] != "ready":
            from maia_lab.imaging.desk import not_ready  # noqa: PLC0415

            raise not_ready(card)
        self.answer({"name": card["name"], "url": card["url"]})


class NodesHandler(ImagesHandler):
    """GET maia/images/nodes: the nodes that the person has written down, without what is secret in them."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with them."""
        assert self.desk  # says so where images are not installed
        from maia_lab.imaging import nodefiles  # noqa: PLC0415

        self.answer(nodefiles.views())


class EchoHandler(ImagesHandler):
    """POST maia/images/echo: whether another node answers."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer with nothing, or with why it does not."""
        given = self.body()
        from maia_lab.imaging.nodefiles import chosen  # noqa: PLC0415

        await chosen(given.get("node")).echo()
        self.set_status(204)
        self.finish()


class BeginHandler(ImagesHandler):
    """POST maia/images/convert, …/forward and …/send."""

    @web.authenticated
    @authorized
    async def post(self, what: str) -> None:
        """Answer with the task that does it."""
        desk, given, errands = self.desk, self.body(), self.errands
        begin = {"convert": errands.convert, "forward": errands.forward, "send": errands.send}[what]
        self.answer(begin(desk, str(given.get("tab", "")), given).view(), 202)


class TaskHandler(ImagesHandler):
    """DELETE maia/images/tasks/ID: give it up."""

    @web.authenticated
    @authorized
    async def delete(self, task: str) -> None:
        """Cancel it."""
        self.desk.tasks.cancel(task)
        self.set_status(204)
        self.finish()


def _number(given: dict[str, Any], name: str, otherwise: int) -> int:
    value = given.get(name, otherwise)
    return value if isinstance(value, int) and value >= 0 else otherwise


def handlers(base_url: str) -> list[tuple[str, type[Any]]]:
    """Return the routes below ``base_url``."""
    uid = r"([0-9.]{1,64})"
    routes: list[tuple[str, type[Any]]] = [
        ("state", StateHandler),
        ("feed", FeedHandler),
        ("studies", StudiesHandler),
        (f"studies/{uid}/series", SeriesHandler),
        (f"studies/{uid}/series/{uid}/thumbnail", ThumbnailHandler),
        ("viewer", ViewerHandler),
        ("nodes", NodesHandler),
        ("echo", EchoHandler),
        ("(convert|forward|send)", BeginHandler),
        ("tasks/([0-9a-f]+)", TaskHandler),
        ("uploads", UploadsHandler),
        ("uploads/([0-9a-f]+)", UploadHandler),
        ("uploads/([0-9a-f]+)/file", FileHandler),
    ]
    return [(url_path_join(base_url, "maia", "images", path), handler) for path, handler in routes]
