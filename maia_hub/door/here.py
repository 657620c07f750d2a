"""Tools that this machine runs, one of each kind for each project; what ran when the platform ended runs again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from maia_hub.core.errors import MaiaError
from maia_hub.core.files import replace_whole
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.door.news import News
from maia_hub.tools.kinds import kind_called
from maia_hub.tools.model import Credentials, Holder, Status, Tool
from maia_hub.tools.runner import Runner

_log = structlog.get_logger("maia.door.here")


class Here:
    """What a runner runs; ``wanted`` is the file in which it stands what was started and not stopped again."""

    def __init__(self, runner: Runner, wanted: Path) -> None:
        self._runner = runner
        self._file = wanted

    def tools(self, project: ProjectId) -> Sequence[Tool]:
        """Return those of a project, whether they run or not."""
        return [self._runner.tool(project, name) or _idle(project, name) for name in self._runner.names()]

    def status(self, tool: Tool) -> Status:
        """Return how one of them fares."""
        return self._runner.status(tool.project, tool.name)

    async def start(self, tool: Tool) -> None:
        """Have it started; return at once."""
        self._runner.start(tool.project, tool.name)
        self._want({*self._wanted(), (tool.project, tool.name)})

    async def stop(self, tool: Tool) -> None:
        """End it, and return when it has ended."""
        self._want(self._wanted() - {(tool.project, tool.name)})
        await self._runner.stop(tool.project, tool.name)

    def log(self, tool: Tool, lines: int) -> list[str]:
        """Return the last lines of its log."""
        return self._runner.log(tool.project, tool.name, lines)

    async def own(self, tool: Tool, person: UserName) -> Credentials:
        """Return what a person signs in with where she reaches it directly."""
        return await self._runner.credentials(tool.project, tool.name, person)

    async def rotate(self, tool: Tool, person: UserName) -> Credentials:
        """Replace it, or what the door signs in with."""
        return await self._runner.rotate(tool.project, tool.name, person)

    def holders(self) -> Sequence[Holder]:
        """Return the people who have credentials of their own."""
        return self._runner.holders()

    def take_back(self, holder: Holder) -> None:
        """Make what a person signs in with of no use any more."""
        self._runner.take_back(holder)

    @asynccontextmanager
    async def watching(self, news: News) -> AsyncIterator[None]:
        """Run what is wanted, tell of what changes, and end everything with this."""
        for project, name in sorted(self._wanted()):
            try:
                self._runner.start(ProjectId(project), name)
            except MaiaError as e:  # a kind that there is no more
                _log.warning("not started again", project=project, tool=name, error=e.message)
        telling = asyncio.create_task(self._tell(news))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await self._runner.close()

    async def _tell(self, news: News) -> None:
        async for _ in self._runner.changes():
            news.tell()

    def _wanted(self) -> set[tuple[str, str]]:
        try:
            return {(project, name) for project, name in json.loads(self._file.read_text(encoding="utf-8"))}
        except (OSError, ValueError):
            return set()

    def _want(self, wanted: set[tuple[str, str]]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            replace_whole(self._file, json.dumps(sorted(wanted)))
        except OSError as e:  # it runs all the same, until the platform ends
            _log.warning("not remembered", error=e.strerror)


def _idle(project: ProjectId, name: str) -> Tool:
    kind = kind_called(name)
    return Tool(project=project, name=name, kind=kind, title=kind.title, local=True)
