"""What the routes of one server share: the archive's connection, what is being done, and files on their way."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.imaging import AsyncDicomWeb, Progress
from maia_lab import tasks
from maia_lab.feeds import Feed
from maia_lab.handling import problem
from maia_lab.imaging import archive
from maia_lab.imaging.archive import Archive
from maia_lab.imaging.spool import Spool
from maia_lab.tools.place import Place

_OFTEN = 0.2
"""Seconds between two tellings of progress."""
_GOOD_FOR = 20.0
"""Seconds for which it is believed where the archive is."""
_SIDE_BY_SIDE = 4
"""Thumbnails that are asked for at a time."""


@dataclass
class Task(tasks.Task):
    """Something that is done with images; ``doing`` is the step it is at."""

    doing: str = ""
    progress: Progress | None = None
    _told: float = 0.0

    def begins(self, doing: str) -> None:
        """Say which step begins; nothing is known of how far it is."""
        self.doing, self.progress = doing, None
        self.tell()

    def at(self, progress: Progress) -> None:
        """Note how far it is; not every slice is told."""
        self.progress = progress
        if time.monotonic() - self._told >= _OFTEN or progress.done >= progress.total:
            self._told = time.monotonic()
            self.tell()

    def view(self) -> dict[str, Any]:
        """Return it as the browser is told of it."""
        progress = self.progress and dataclasses.asdict(self.progress)
        return {**super().view(), "doing": self.doing, "progress": progress}


def not_ready(card: Mapping[str, Any]) -> Unavailable:
    """Return what is wrong with a tool that is not ready: how it is, since when and why."""
    since = f" since {card['since'][:16].replace('T', ' ')} UTC" if card.get("since") else ""
    reason = f" {card['reason']}" if card.get("reason") else ""
    return Unavailable(
        f"{card['title']} is {card['state']}{since}.{reason}", advice="Start it in the panel “Project”."
    )


class Desk:
    """One for each server, made when the panel is first used; ``root`` is the folder that the file browser shows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.feed = Feed()
        self.tasks = tasks.Tasks(self.feed, Task)
        self.spool = Spool()
        self.thumbnails = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._archive: Archive | None = None
        self._looked = 0.0
        self._web: AsyncDicomWeb | None = None

    async def archive(self) -> Archive:
        """Return where the archive is; Unavailable if there is none."""
        if self._archive is None or time.monotonic() - self._looked > _GOOD_FOR:
            found = await archive.of_server()
            if found != self._archive:
                await self._leave()
            self._archive, self._looked = found, time.monotonic()
        return self._archive

    async def web(self) -> AsyncDicomWeb:
        """Return the connection to the archive, for questions that are answered at once."""
        known = await self.archive()
        if self._web is None:
            self._web = AsyncDicomWeb(known.url, known.token, timeout=30, attempts=2)
        return self._web

    @asynccontextmanager
    async def moving(self) -> AsyncIterator[AsyncDicomWeb]:
        """Yield a connection of its own, for what takes its time."""
        known = await self.archive()
        async with AsyncDicomWeb(known.url, known.token) as web:
            yield web

    async def state(self) -> dict[str, Any]:
        """Return what the panel shows beside images: the archive, or why there is none; what is being done."""
        told: dict[str, Any] = {"archive": None, "problem": None, "tasks": self.tasks.views()}
        try:
            told["archive"] = (await self.archive()).view()
            card = await self.tool("orthanc")
            if card and card["state"] != "ready":
                raise not_ready(card)
        except MaiaError as e:
            told["problem"] = problem(e)
        return told

    async def tool(self, kind: str) -> dict[str, Any] | None:
        """Return the card of the project's tool of a kind; None where there is none."""
        place = Place.from_environment()
        if place is None:
            return None
        from maia_lab.tools.door import Door  # noqa: PLC0415

        known = await Door(place).get("tools", project=place.project)
        return next((card for card in known["tools"] if card["kind"] == kind), None)

    def start(self, kind: str, tab: str, subject: str, work: Callable[[Task], Awaitable[Any]]) -> Task:
        """Begin something for a tab."""
        return self.tasks.start(kind, tab, subject, work)

    async def close(self) -> None:
        """Let go of everything."""
        await self.tasks.close()
        self.spool.close()
        await self._leave()

    async def _leave(self) -> None:
        if self._web:
            await self._web.aclose()
            self._web = None
