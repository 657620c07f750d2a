"""The server's routes about jobs, below ``maia/hpc``."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from maia_hub.core.errors import InvalidInput, MaiaError
from maia_lab.hpc.handlersbase import PanelHandler, StreamHandler


class FeedHandler(StreamHandler):
    """GET maia/hpc/feed: the state, then what happens, for as long as the browser listens."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Stream."""
        await self.follow(self.desk.feed, self.desk.state)


class StateHandler(PanelHandler):
    """GET maia/hpc/state: the state alone; a browser whose stream fails learns here why."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with it."""
        self.answer(await self.desk.state())


class ToldHandler(PanelHandler):
    """POST maia/hpc/told: whose end this browser is to tell, of the jobs that ``tokens`` names or of all."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer with their tokens; nobody else is given them."""
        tokens = self.body().get("tokens")
        self.answer(self.desk.take_untold(tokens if isinstance(tokens, list) else None))


class PreviewHandler(PanelHandler):
    """POST maia/hpc/preview: the script of a form; nothing is submitted."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer with the script."""
        self.answer({"script": self.errands.preview(self.desk, self.body())})


class JobsHandler(PanelHandler):
    """POST maia/hpc/jobs: submit a form."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer with the task that does it."""
        from maia_lab.hpc.panelforms import mapping  # noqa: PLC0415

        desk, given = self.desk, self.body()
        task = self.errands.submit(desk, str(given.get("tab", "")), mapping(given, "form"))
        self.answer(task.view(), 202)


class JobHandler(PanelHandler):
    """GET and DELETE maia/hpc/jobs/TOKEN: all that is known of a job; take it out of the list."""

    @web.authenticated
    @authorized
    async def get(self, token: str) -> None:
        """Answer with the job, its script and its form."""
        self.answer(self.errands.page(self.desk, token))

    @web.authenticated
    @authorized
    async def delete(self, token: str) -> None:
        """Forget it."""
        self.desk.forget(token)
        self.set_status(204)
        self.finish()


class JobActionHandler(PanelHandler):
    """POST maia/hpc/jobs/TOKEN/cancel, …/again, …/fetch and …/track."""

    @web.authenticated
    @authorized
    async def post(self, token: str, action: str) -> None:
        """Answer with the task that does it."""
        desk, given = self.desk, self.body()
        errands, tab = self.errands, str(given.get("tab", ""))
        if action in {"fetch", "track"}:
            task = {"fetch": errands.fetch, "track": errands.track}[action](desk, tab, token, given)
        else:
            task = {"cancel": errands.cancel, "again": errands.again}[action](desk, tab, token)
        self.answer(task.view(), 202)


class FilesHandler(PanelHandler):
    """GET maia/hpc/jobs/TOKEN/files?path=…: what a folder below its run folder holds."""

    @web.authenticated
    @authorized
    async def get(self, token: str) -> None:
        """Answer with it."""
        from maia_lab.hpc.panelfiles import listed  # noqa: PLC0415

        desk, path = self.desk, self.get_argument("path", "")
        job = desk.job(token)
        self.answer(await listed(desk.verbs.reach(desk.verbs.system(job.system)), job, path))


class EfficiencyHandler(PanelHandler):
    """GET maia/hpc/jobs/TOKEN/efficiency: what it made of what it was given; null where nobody counts."""

    @web.authenticated
    @authorized
    async def get(self, token: str) -> None:
        """Answer with it."""
        from maia_lab.hpc.panelviews import efficiency  # noqa: PLC0415

        self.answer(efficiency((await self.desk.verbs.show(token)).efficiency))


class GlanceHandler(PanelHandler):
    """GET maia/hpc/jobs/TOKEN/glance: the end of its log, a percentage in it, its place in the queue."""

    _track_activity = False

    @web.authenticated
    @authorized
    async def get(self, token: str) -> None:
        """Answer with them."""
        from maia_lab.hpc.panellogs import glance  # noqa: PLC0415

        desk = self.desk
        self.answer(vars(await glance(desk.verbs, desk.job(token))))


class LogsHandler(PanelHandler):
    """GET maia/hpc/jobs/TOKEN/logs: the names of its logs."""

    @web.authenticated
    @authorized
    async def get(self, token: str) -> None:
        """Answer with them."""
        from maia_lab.hpc.panellogs import names  # noqa: PLC0415

        desk = self.desk
        self.answer(await names(desk.verbs, desk.job(token)))


class LogHandler(StreamHandler):
    """GET maia/hpc/jobs/TOKEN/log?name=…: a log as it is written; an event's id is the byte to go on from."""

    @web.authenticated
    @authorized
    async def get(self, token: str) -> None:
        """Stream."""
        from maia_lab.hpc.panellogs import follow  # noqa: PLC0415
        from maia_lab.hpc.panelviews import problem  # noqa: PLC0415

        desk, name = self.desk, self.get_argument("name", "")
        if "/" in name:
            raise InvalidInput("A log is named without a folder.", given=name[:60])
        desk.job(token)
        last = self.request.headers.get("Last-Event-ID", "")
        async with self.stream():
            try:
                async for piece in follow(desk.verbs, token, name, int(last) if last.isdigit() else None):
                    await self.event("piece", {"text": piece.text, "skipped": piece.skipped}, piece.upto)
                await self.event("end", {})
            except MaiaError as e:
                await self.event("problem", problem(e))


class SystemsHandler(PanelHandler):
    """POST maia/hpc/systems: write the file of a new one."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer with its name, or with what is wrong with it."""
        self.answer({"name": self.desk.add(self.body())}, 201)


class SystemHandler(PanelHandler):
    """POST maia/hpc/systems/NAME/check and …/sign-in."""

    @web.authenticated
    @authorized
    async def post(self, name: str, action: str) -> None:
        """Answer with the task that does it."""
        desk, tab = self.desk, str(self.body().get("tab", ""))
        act = {"check": self.errands.check, "sign-in": self.errands.sign_in}[action]
        self.answer(act(desk, tab, name).view(), 202)


class TaskHandler(PanelHandler):
    """POST and DELETE maia/hpc/tasks/ID: answer what it asks; give it up."""

    @web.authenticated
    @authorized
    async def post(self, task: str) -> None:
        """Pass the answer on; null if there is none."""
        given = self.body()
        text = given.get("answer")
        self.desk.tasks.answer(task, str(given.get("question", "")), None if text is None else str(text))
        self.set_status(204)
        self.finish()

    @web.authenticated
    @authorized
    async def delete(self, task: str) -> None:
        """Cancel it."""
        self.desk.tasks.cancel(task)
        self.set_status(204)
        self.finish()


def handlers(base_url: str) -> list[tuple[str, type[Any]]]:
    """Return the routes below ``base_url``."""
    token = r"jobs/([A-Za-z0-9_:.%-]+)"  # noqa: S105 - a job's
    routes: list[tuple[str, type[Any]]] = [
        ("feed", FeedHandler),
        ("state", StateHandler),
        ("told", ToldHandler),
        ("preview", PreviewHandler),
        ("jobs", JobsHandler),
        (token, JobHandler),
        (f"{token}/(cancel|again|fetch|track)", JobActionHandler),
        (f"{token}/efficiency", EfficiencyHandler),
        (f"{token}/files", FilesHandler),
        (f"{token}/glance", GlanceHandler),
        (f"{token}/logs", LogsHandler),
        (f"{token}/log", LogHandler),
        ("systems", SystemsHandler),
        (r"systems/([a-z0-9_-]+)/(check|sign-in)", SystemHandler),
        (r"tasks/([0-9a-f]+)", TaskHandler),
    ]
    return [(url_path_join(base_url, "maia", "hpc", path), handler) for path, handler in routes]
