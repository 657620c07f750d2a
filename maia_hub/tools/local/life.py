"""The life of one tool: installed, started, ready, started again when it dies, given up when it does nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import httpx

from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.tools.launch import Local, Place
from maia_hub.tools.local.folder import ToolFolder
from maia_hub.tools.local.installing import install
from maia_hub.tools.local.ports import LOOPBACK, choose
from maia_hub.tools.local.process import Process
from maia_hub.tools.model import Credentials, Kind, State, Status, Tool

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
LIVED_WELL = 20.0
"""Seconds after which a death is an accident and no longer a series."""
GIVES_UP_AFTER = 5
"""Deaths in a series."""
_LOOK = 0.15  # seconds between two questions whether it is ready
_WATCH = 10.0  # seconds between two questions whether it still is
_ANSWERS_WITHIN = 5.0


class Life:
    """One tool of a project; everything is called in the event loop. ``changed`` is told of each new status."""

    def __init__(
        self, project: ProjectId, kind: Kind, folder: ToolFolder, prefix: str, changed: Callable[[], None]
    ) -> None:
        if kind.local is None:
            raise ValueError(f"{kind.name} does not run on this machine")
        self._project = project
        self._kind = kind
        self._local: Local = kind.local
        self._folder = folder
        self._prefix = prefix
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.tool: Tool | None = None
        self.status = Status(State.STOPPED, _now())

    @property
    def going(self) -> bool:
        """Tell whether it runs, or is on its way to."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin; what goes on goes on."""
        if not self.going:
            self._set(State.STARTING)
            self._task = asyncio.create_task(self._live())

    async def ready(self) -> Tool:
        """Return it when it is ready; `Unavailable` says why it is not going to be."""
        while not (self.tool is not None and self.status.state is State.READY):
            if not self.going:
                raise Unavailable(
                    f"{self._kind.title} does not run.",
                    given=self.status.reason or None,
                    advice="Its log says more. Start it again when what is wrong has been put right.",
                )
            await self._news.wait()
        return self.tool

    async def stop(self) -> None:
        """End it and return when it has ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        self._set(State.STOPPED)

    def admit(self, people: dict[UserName, Credentials]) -> None:
        """Let the tool know who has credentials of her own."""
        if self._local.admit is not None:
            self._folder.put(self._local.admit(people))

    async def _live(self) -> None:
        try:
            with self._folder.held():
                installed = await install(
                    self._kind.name, self._kind.title, self._local.version, self._local.package, self._say
                )
                await self._go_on(installed)
        except MaiaError as e:
            self._set(State.FAILING, _told(e))
        except OSError as e:  # a full disk, no more processes
            self._set(State.FAILING, f"{e.strerror or e}: {e.filename or self._folder.root}")

    def _say(self, doing: str, progress: float | None) -> None:
        self._set(State.INSTALLING, progress=progress, doing=doing)

    async def _go_on(self, installed: Path) -> None:
        if self._local.launch is None:
            self._folder.prepare()
            self._become_ready(self._files(installed), self._local.version)
            await asyncio.Event().wait()
        deaths = 0
        while True:
            began = time.monotonic()
            why = await self._run(installed)
            deaths = 1 if time.monotonic() - began > LIVED_WELL + self._local.ready_within else deaths + 1
            if deaths >= GIVES_UP_AFTER:
                raise Unavailable(f"{self._kind.title} ended {deaths} times in a row.", given=why)
            delay = min(FIRST_DELAY * 2 ** (deaths - 1), LONGEST_DELAY)
            self._set(State.STARTING, f"{why}\nIt is started again in {delay:g} s.")
            await asyncio.sleep(delay)

    async def _run(self, installed: Path) -> str:
        """Run it once, until it ends; return why it did."""
        self._set(State.STARTING, self.status.reason)
        place = await asyncio.to_thread(self._prepare, installed)
        if self._local.launch is None:
            raise ValueError(f"{self._kind.name} is files alone")
        launch = self._local.launch(place)
        self._folder.put(launch.files)
        self.admit(self._folder.people())
        process = await Process.start(launch, self._folder.root, self._folder.log, self._local.patience)
        try:
            await self._follow(process, self._tool(place))
            if process.runs:
                return f"It did not answer within {self._local.ready_within:g} s.\n{process.last_words()}"
            return f"It ended with status {await process.wait()}.\n{process.last_words()}"
        finally:
            self.tool = None
            await asyncio.shield(process.end())

    async def _follow(self, process: Process, tool: Tool) -> None:
        """Watch it until it ends; return before that if it does not become ready in time."""
        until = time.monotonic() + self._local.ready_within
        async with httpx.AsyncClient(
            headers=tool.headers(), timeout=_ANSWERS_WITHIN, trust_env=False
        ) as client:
            while process.runs:
                answer = await self._ask(client, tool)
                if isinstance(answer, httpx.Response) and process.runs:
                    version = self._kind.health.version(answer) if self._kind.health else None
                    self._become_ready(tool, version or self._local.version)
                elif self.tool is not None:
                    self._set(State.UNREACHABLE, str(answer))
                elif time.monotonic() > until:
                    return
                pause = _WATCH if self.tool is not None else _LOOK
                await asyncio.wait([asyncio.ensure_future(process.wait())], timeout=pause)

    async def _ask(self, client: httpx.AsyncClient, tool: Tool) -> httpx.Response | str:
        """Ask whether it is ready; return its answer, or in words what was wrong with it."""
        health = self._kind.health
        if health is None:
            raise ValueError(f"{self._kind.name} has no question for its health")
        try:
            answer = await client.get(f"{tool.asked_at}{health.path}")
        except httpx.HTTPError as e:
            return f"It does not answer ({type(e).__name__})."
        return answer if answer.status_code in health.accepts else f"It answers {answer.status_code}."

    def _prepare(self, installed: Path) -> Place:
        self._folder.prepare()
        ports = choose(("http", *self._local.ports), self._folder.ports())
        self._folder.keep_ports(ports)
        own = self._folder.credentials()
        return Place(
            installed=installed,
            data=self._folder.data,
            run=self._folder.run,
            ports=ports,
            prefix=self._prefix,
            user=own.user,
            secret=own.secret,
        )

    def _tool(self, place: Place) -> Tool:
        origin = f"http://{LOOPBACK}:{place.ports['http']}"
        return Tool(
            project=self._project,
            name=self._kind.name,
            kind=self._kind,
            title=self._kind.title,
            address=origin + self._local.path.format(prefix=self._prefix),
            inner=origin + self._local.inner.format(prefix=self._prefix)
            if self._local.inner is not None
            else "",
            credentials=Credentials(place.user, place.secret),
            local=True,
            extra=self._local.further(place),
        )

    def _files(self, installed: Path) -> Tool:
        static = self._kind.static
        if static is None:
            raise ValueError(f"{self._kind.name} has nothing to launch and no files")
        files = installed / static.folder
        project = self._prefix.rpartition("/")[0]
        return Tool(
            project=self._project,
            name=self._kind.name,
            kind=self._kind,
            title=self._kind.title,
            local=True,
            files=str(files),
            texts=static.made(files, f"{self._prefix}/", f"{project}/"),
        )

    def _become_ready(self, tool: Tool, version: str) -> None:
        self.tool = tool
        if self.status.state is not State.READY:
            self._set(State.READY, version=version)

    def _set(
        self,
        state: State,
        reason: str = "",
        *,
        progress: float | None = None,
        doing: str = "",
        version: str = "",
    ) -> None:
        """Say how it fares; ``since`` stays as long as the state does."""
        since = self.status.since if self.status.state is state else _now()
        status = Status(state, since, reason, progress, doing, version or self._local.version)
        if status != self.status:
            self.status = status
            self._news.set()
            self._news = asyncio.Event()
            self._changed()


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _told(error: MaiaError) -> str:
    return "\n".join(str(part) for part in (error.message, error.given, error.advice) if part)
