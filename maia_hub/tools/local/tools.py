"""The tools of all projects that this machine runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from maia_hub.core import projects
from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.tools.kinds import kinds
from maia_hub.tools.local.feed import Feed
from maia_hub.tools.local.folder import ToolFolder
from maia_hub.tools.local.life import Life
from maia_hub.tools.local.process import tail
from maia_hub.tools.model import Credentials, Holder, Kind, Status, Tool


class LocalTools:
    """Runs one tool of each kind that can run here for each project; see `maia_hub.tools.runner.Runner`.

    ``root`` is the folder of the tools in the data folder. ``prefix`` is the door's path, without a slash at its
    end: what a tool says of its own address begins with it. Everything is called in one event loop,
    that of the main thread.
    """

    def __init__(self, root: Path, prefix: str) -> None:
        self._root = root
        self._prefix = prefix
        self._kinds = {name: kind for name, kind in kinds().items() if kind.local is not None}
        self._lives: dict[tuple[ProjectId, str], Life] = {}
        self._feed: Feed[tuple[ProjectId, str]] = Feed()
        self._held: dict[Holder, None] | None = (
            None  # read once: whoever is refused at the door is looked up here
        )

    def names(self) -> Sequence[str]:
        """Return the names of the tools that it can run for any project."""
        return list(self._kinds)

    def status(self, project: ProjectId, name: str) -> Status:
        """Return how a tool fares, by what is known: this asks nobody."""
        return self._life(project, name).status

    def tool(self, project: ProjectId, name: str) -> Tool | None:
        """Return a tool that is ready; None if it is not."""
        return self._life(project, name).tool

    def start(self, project: ProjectId, name: str) -> None:
        """Have it started, and what it needs; return at once. What runs or is starting goes on."""
        life = self._life(project, name)
        for needed in self._kind(name).needs:
            self.start(project, needed)
        life.start()

    async def ensure(self, project: ProjectId, name: str) -> Tool:
        """Start it if it does not run, and return it when it is ready; two at once get the same."""
        self.start(project, name)
        for needed in self._kind(name).needs:
            await self._life(project, needed).ready()
        return await self._life(project, name).ready()

    async def stop(self, project: ProjectId, name: str) -> None:
        """End it, or the installing of it, and return when it has ended; its data stays."""
        await self._life(project, name).stop()

    def log(self, project: ProjectId, name: str, lines: int = 200) -> list[str]:
        """Return the last lines of its log."""
        self._kind(name)
        return tail(self._folder(project, name).log, lines)

    async def credentials(self, project: ProjectId, name: str, person: UserName) -> Credentials:
        """Return a person's own credentials of a tool that is ready, making them at first; none where it has none."""
        if not self._kind(name).personal:
            return Credentials()
        kept = self._folder(project, name).people().get(person)
        return kept or self._give(project, name, person)

    async def rotate(self, project: ProjectId, name: str, person: UserName) -> Credentials:
        """Replace a person's own credentials, or those of the door where there are no others.

        Those that were are of no use any more; a tool that runs is started again if only that makes it forget them.
        """
        life = self._life(project, name)
        if self._kind(name).personal:
            return self._give(project, name, person)
        going = life.going
        await life.stop()
        self._folder(project, name).renew()
        if going:
            life.start()
        return Credentials()

    def holders(self) -> Sequence[Holder]:
        """Return who has credentials of her own, to tools that run and to those that do not."""
        return list(self._holders())

    def _holders(self) -> dict[Holder, None]:
        if self._held is None:
            self._held = dict.fromkeys(self._written())
        return self._held

    def _written(self) -> Sequence[Holder]:
        """Read it from the folders, which only this object changes."""
        kept = (
            (ProjectId(root.parent.name), root.name, ToolFolder(root))
            for root in sorted(self._root.glob("*/*"))
            if root.name in self._kinds and self._kinds[root.name].personal
        )
        return [Holder(project, name, person) for project, name, folder in kept for person in folder.people()]

    def take_back(self, holder: Holder) -> None:
        """Make a person's own credentials of no use any more, at once."""
        folder, life = self._folder(holder.project, holder.tool), self._life(holder.project, holder.tool)
        if life.going:  # before it is forgotten that she had any
            life.admit({name: own for name, own in folder.people().items() if name != holder.person})
        folder.take_back(holder.person)
        self._holders().pop(holder, None)

    def changes(self) -> AsyncIterator[tuple[ProjectId, str]]:
        """Yield project and name whenever how a tool fares has changed, for ever."""
        return self._feed.listen()

    async def close(self) -> None:
        """End everything."""
        await asyncio.gather(*(life.stop() for life in self._lives.values()))

    def _give(self, project: ProjectId, name: str, person: UserName) -> Credentials:
        folder = self._folder(project, name)
        given = folder.give(person)
        self._holders()[Holder(project, name, person)] = None
        life = self._life(project, name)
        if life.going:
            life.admit(folder.people())
        return given

    def _life(self, project: ProjectId, name: str) -> Life:
        key = (project, name)
        if key not in self._lives:
            prefix = f"{self._prefix}/{project}/{name}"
            folder = self._folder(project, name)
            self._lives[key] = Life(project, self._kind(name), folder, prefix, lambda: self._feed.tell(key))
        return self._lives[key]

    def _folder(self, project: ProjectId, name: str) -> ToolFolder:
        if not re.fullmatch(projects.NAME, project):
            raise InvalidInput("That is no name of a project.", given=project[:80], allowed=projects.NAME)
        return ToolFolder(self._root / project / name)

    def _kind(self, name: str) -> Kind:
        try:
            return self._kinds[name]
        except KeyError:
            raise NotFound(
                "There is no such tool on this machine.", given=name[:60], allowed=sorted(self._kinds)
            ) from None
