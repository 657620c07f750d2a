"""All tools of all projects, wherever they run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from maia_hub.core.errors import NotFound
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.door.facts import Facts
from maia_hub.door.news import News
from maia_hub.tools.model import Credentials, Holder, State, Status, Tool


class Statuses(Protocol):
    """What knows how tools fare."""

    def status(self, tool: Tool, /) -> Status:
        """Return how one of them fares."""


class Source(Statuses, Protocol):
    """Where tools come from: the site's settings, or this machine."""

    def tools(self, project: ProjectId) -> Sequence[Tool]:
        """Return those of a project."""

    async def start(self, tool: Tool) -> None:
        """Have it started; return at once."""

    async def stop(self, tool: Tool) -> None:
        """End it, and return when it has ended."""

    def log(self, tool: Tool, lines: int) -> list[str]:
        """Return the last lines of its log."""

    async def own(self, tool: Tool, person: UserName) -> Credentials:
        """Return what a person signs in with where she reaches it directly; nothing where the door does that."""

    async def rotate(self, tool: Tool, person: UserName) -> Credentials:
        """Replace it, or what the door signs in with."""

    def holders(self) -> Sequence[Holder]:
        """Return the people who have credentials of their own that it gave them."""

    def take_back(self, holder: Holder) -> None:
        """Make what a person signs in with of no use any more."""

    def watching(self, news: News) -> AbstractAsyncContextManager[None]:
        """Watch over them as long as this lasts, and tell of what changes."""


class Shelf:
    """Finds tools; of two by one name that of the earlier source counts."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self.news = News()
        self._facts = Facts(self.news)
        self.visited: set[ProjectId] = set()
        """The projects that a member has asked about; only of these anything is told without a sign-in."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch over the tools as long as this lasts."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._facts.running())
            for source in self._sources:
                await stack.enter_async_context(source.watching(self.news))
            yield

    def holders(self) -> list[tuple[Holder, Source]]:
        """Return the people who have credentials of their own, each with where they come from."""
        return [(holder, source) for source in self._sources for holder in source.holders()]

    def tools(self, project: ProjectId) -> list[tuple[Tool, Source]]:
        """Return the tools of a project in the order of their names, each with where it comes from."""
        found: dict[str, tuple[Tool, Source]] = {}
        for source in self._sources:
            for tool in source.tools(project):
                found.setdefault(tool.name, (tool, source))
        return [found[name] for name in sorted(found)]

    def fact(self, tool: Tool, status: Status) -> dict[str, Any] | None:
        """Return what a card shows of a tool besides how it fares, as it was asked last."""
        return self._facts.of(tool) if status.state is State.READY else None

    def known(self, project: ProjectId, name: str) -> tuple[Tool, Source] | None:
        """Return a tool of a project, if it has one by that name."""
        for source in self._sources:
            for tool in source.tools(project):
                if tool.name == name:
                    return tool, source
        return None

    def tool(self, project: ProjectId, name: str) -> tuple[Tool, Source]:
        """Return one of them; `NotFound` names those that there are."""
        found = self.known(project, name)
        if found is not None:
            return found
        raise NotFound(
            "The project has no tool by that name.",
            given=name[:63],
            allowed=[tool.name for tool, _ in self.tools(project)],
            advice="The panel “Project” in JupyterLab shows its tools.",
        )
