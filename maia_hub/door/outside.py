"""Tools that run elsewhere: asked again and again how they fare."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import httpx
import structlog

from maia_hub.core.errors import Conflict, MaiaError
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.door.news import News
from maia_hub.service.people import Clock
from maia_hub.tools import asking
from maia_hub.tools.model import Credentials, Holder, State, Status, Tool
from maia_hub.tools.settings import OutsideTools

EVERY = 15.0
"""Seconds from one question to the next."""
_PATIENCE = 5.0
_log = structlog.get_logger("maia.door.outside")
_Key = tuple[str, str]


class Outside:
    """Knows of each tool since when it answers, or since when and why it does not.

    ``tools`` returns those of a project, asked anew each time, for a secret may have been replaced. Once ``changed`` is
    set, all are looked at again.
    """

    def __init__(
        self,
        projects: Iterable[ProjectId],
        tools: Callable[[ProjectId], Sequence[Tool]],
        clock: Clock,
        every: float = EVERY,
    ) -> None:
        self._projects = [*projects]
        self._tools = tools
        self._clock = clock
        self._begun = clock()
        self._every = every
        self._known: dict[_Key, Status] = {}
        self.changed = asyncio.Event()

    def tools(self, project: ProjectId) -> Sequence[Tool]:
        """Return those of a project."""
        return self._tools(project)

    async def start(self, tool: Tool) -> None:
        """Refuse it."""
        raise _elsewhere(tool)

    async def stop(self, tool: Tool) -> None:
        """Refuse it."""
        raise _elsewhere(tool)

    def log(self, tool: Tool, lines: int) -> list[str]:
        """Refuse it."""
        raise _elsewhere(tool)

    async def own(self, tool: Tool, person: UserName) -> Credentials:
        """Return what the site's settings say, which is the same for all people of the project."""
        return tool.credentials if tool.kind.personal else Credentials()

    async def rotate(self, tool: Tool, person: UserName) -> Credentials:
        """Refuse it."""
        raise _elsewhere(tool)

    def holders(self) -> Sequence[Holder]:
        """Return nobody: what the site's settings say is given to all, and taken back there."""
        return []

    def take_back(self, holder: Holder) -> None:
        """Do nothing."""

    @asynccontextmanager
    async def watching(self, news: News) -> AsyncIterator[None]:
        """Ask as long as this lasts."""
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as http:
            keeping = asyncio.create_task(self._keep(http, news))
            try:
                yield
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)

    def status(self, tool: Tool) -> Status:
        """Return how a tool fares; before the first answer, that it is asked."""
        known = self._known.get((tool.project, tool.name))
        return known or Status(State.STARTING, self._begun, "It has not been asked yet.")

    async def _keep(self, http: httpx.AsyncClient, news: News) -> None:
        """Follow each tool as it is now, and none that is gone."""
        following: dict[_Key, tuple[Tool, asyncio.Task[None]]] = {}
        try:
            while True:
                self.changed.clear()
                there = self._there(following)
                for key in [key for key, (tool, _) in following.items() if there.get(key) != tool]:
                    following.pop(key)[1].cancel()
                for key in self._known.keys() - there.keys():
                    del self._known[key]
                for key in there.keys() - following.keys():
                    tool = there[key]
                    following[key] = tool, asyncio.create_task(self._follow(tool, http, news))
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), self._every)
        finally:
            for _, task in following.values():
                task.cancel()
            await asyncio.gather(*(task for _, task in following.values()), return_exceptions=True)

    def _there(self, following: Mapping[_Key, tuple[Tool, object]]) -> dict[_Key, Tool]:
        """Return all tools; those of a project that cannot be told now stay as they were."""
        there: dict[_Key, Tool] = {}
        for project in self._projects:
            try:
                there |= {(project, tool.name): tool for tool in self.tools(project)}
            except MaiaError as e:
                _log.warning("tools", project=project, error=e.message)
                there |= {key: tool for key, (tool, _) in following.items() if key[0] == project}
        return there

    async def _follow(self, tool: Tool, http: httpx.AsyncClient, news: News) -> None:
        while True:
            found = await asking.status(tool, http, self._clock())
            before = self._known.get((tool.project, tool.name))
            if before is None or (before.state, before.reason) != (found.state, found.reason):
                self._known[tool.project, tool.name] = found
                news.tell()
            await asyncio.sleep(self._every)


def _elsewhere(tool: Tool) -> Conflict:
    return Conflict(
        f"{tool.title} runs elsewhere: the platform does not start it, stop it, or keep its log and accounts.",
        given=tool.name,
        allowed="tools that this machine runs",
        advice="Ask whoever runs it.",
    )


def configured(outside: OutsideTools, clock: Clock) -> Outside:
    """Return the tools that a site's settings name."""

    def tools(project: ProjectId) -> Sequence[Tool]:
        return [each.tool(project, name) for name, each in outside.get(project, {}).items()]

    return Outside(outside, tools, clock)
