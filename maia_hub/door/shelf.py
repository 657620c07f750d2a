"""All tools of all projects, wherever they run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from maia_hub.core.errors import NotFound
from maia_hub.core.ids import ProjectId
from maia_hub.door.news import News
from maia_hub.tools.model import Status, Tool


class Source(Protocol):
    """Where tools come from: the site's settings, or this machine."""

    def tools(self, project: ProjectId) -> Sequence[Tool]:
        """Return those of a project."""

    def status(self, tool: Tool) -> Status:
        """Return how one of them fares."""

    def fact(self, tool: Tool) -> dict[str, Any] | None:
        """Return what its card shows besides, as it was asked last."""

    def watching(self, news: News) -> AbstractAsyncContextManager[None]:
        """Watch over them as long as this lasts, and tell of what changes."""


class Shelf:
    """Finds tools; of two by one name that of the earlier source counts."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self.news = News()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch over the tools as long as this lasts."""
        async with AsyncExitStack() as stack:
            for source in self._sources:
                await stack.enter_async_context(source.watching(self.news))
            yield

    def tools(self, project: ProjectId) -> list[tuple[Tool, Source]]:
        """Return the tools of a project in the order of their names, each with where it comes from."""
        found: dict[str, tuple[Tool, Source]] = {}
        for source in self._sources:
            for tool in source.tools(project):
                found.setdefault(tool.name, (tool, source))
        return [found[name] for name in sorted(found)]

    def tool(self, project: ProjectId, name: str) -> tuple[Tool, Source]:
        """Return one of them; `NotFound` names those that there are."""
        tools = {tool.name: (tool, source) for tool, source in self.tools(project)}
        if name in tools:
            return tools[name]
        raise NotFound(
            "The project has no tool by that name.",
            given=name[:63],
            allowed=list(tools),
            advice="The panel “Project” in JupyterLab shows its tools.",
        )
