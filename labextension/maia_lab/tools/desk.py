"""What the routes of one server share: each project is followed once, for all browsers that look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from maia_hub.client.stream import pause_after
from maia_hub.core.errors import MaiaError
from maia_lab.handling import problem
from maia_lab.tools.door import Door
from maia_lab.tools.holdings import HOLDINGS

_BREATH = 0.3
"""Seconds between two looks at a project: what an installation tells by the dozen is told together."""
Event = tuple[str, Any]


class Follower:
    """Follows one project for as long as somebody listens."""

    def __init__(self, door: Door, project: str, running: Callable[[], list[str]]) -> None:
        self._door = door
        self._project = project
        self._running = running
        self._known: dict[str, Any] = {"project": project, "projects": [], "tools": []}
        self._trouble: dict[str, Any] | None = None
        self._listeners: set[asyncio.Queue[Event]] = set()
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Event]]:
        """Listen for a while."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
            if not self._listeners:
                self._task.cancel()

    @property
    def state(self) -> dict[str, Any]:
        """Return all that the panel shows."""
        return {**self._known, "trouble": self._trouble, "kernels": HOLDINGS.view(self._running())}

    async def look(self) -> None:
        """Ask anew, and tell who listens."""
        try:
            self._known = await self._door.get("tools", project=self._project)
            self._trouble = None
        except MaiaError as e:
            self._trouble = problem(e)
        await self._renew()
        self.tell()

    def tell(self) -> None:
        """Tell who listens."""
        for queue in self._listeners:
            queue.put_nowait(("state", self.state))

    async def close(self) -> None:
        """Follow no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _renew(self) -> None:
        """Learn what a kernel of this server would get now."""
        if self._project == self._door.project:
            try:
                HOLDINGS.is_now(await self._door.environment())
            except MaiaError as e:
                HOLDINGS.unknown(e.message)

    async def _follow(self) -> None:
        failures = 0
        while True:
            await self.look()
            failures = 0 if self._trouble is None else failures + 1
            with suppress(MaiaError):
                async for _ in self._door.events(self._project):
                    failures = 0
                    await asyncio.sleep(_BREATH)
                    await self.look()
            await asyncio.sleep(pause_after(failures))


class Desk:
    """One for each server; ``running`` names the kernels that it has."""

    def __init__(self, door: Door, running: Callable[[], list[str]]) -> None:
        self.door = door
        self._running = running
        self._followers: dict[str, Follower] = {}
        HOLDINGS.listen(self._tell)

    def of(self, project: str) -> Follower:
        """Return who follows a project; the server's own if none is named."""
        name = project or self.door.project
        if name not in self._followers:
            self._followers[name] = Follower(self.door, name, self._running)
        return self._followers[name]

    async def close(self) -> None:
        """Follow nothing more."""
        await asyncio.gather(*(follower.close() for follower in self._followers.values()))

    def _tell(self) -> None:
        for follower in self._followers.values():
            follower.tell()
