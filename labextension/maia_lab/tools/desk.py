"""What the routes of one server share: each project is followed once, for all browsers that look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from maia_hub.client.stream import pause_after
from maia_hub.core.errors import MaiaError
from maia_lab.handling import problem
from maia_lab.tools.door import Door
from maia_lab.tools.holdings import HOLDINGS
from maia_lab.tools.own import Cards

Event = tuple[str, Any]


class Follower:
    """Follows one project for as long as somebody listens."""

    def __init__(self, door: Door, project: str) -> None:
        self._door = door
        self._project = project
        self._known: dict[str, Any] = {"project": project, "projects": [], "tools": []}
        self._trouble: dict[str, Any] | None = None
        self._heard = False
        self._own = Cards()
        self._listeners: set[asyncio.Queue[Event]] = set()
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Event]]:
        """Listen for a while."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners.add(queue)
        if self._heard:
            queue.put_nowait(("state", self.state))
        if self._task is None or self._task.done():  # done, if it met what nobody expected
            self._task = asyncio.create_task(self._follow_all())
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
            if not self._listeners and self._task:
                self._task.cancel()
                self._task = None

    @property
    def state(self) -> dict[str, Any]:
        """Return all that the panel shows."""
        tools = [*self._known["tools"], *self._own.all]
        return {**self._known, "tools": tools, "trouble": self._trouble, "kernels": HOLDINGS.view()}

    async def look(self) -> None:
        """Ask anew, and tell who listens."""
        if self._is_own:
            await self._own.look()
        try:
            await self._take(await self._door.get("tools", project=self._project), asked=True)
        except MaiaError as e:
            self._fail(e)

    async def _take(self, told: dict[str, Any], *, asked: bool = False) -> None:
        """Tell what the door tells; what kernels would get now is another if a tool fares otherwise than before."""
        before = None if asked or self._trouble else _fares(self._known)
        self._known, self._trouble, self._heard = told, None, True
        if _fares(told) != before:
            await self._renew()
        self.tell()

    def _fail(self, error: MaiaError) -> None:
        self._trouble, self._heard = problem(error), True
        self.tell()

    def tell(self) -> None:
        """Tell who listens, once there is something to tell."""
        for queue in self._listeners if self._heard else ():
            queue.put_nowait(("state", self.state))

    async def close(self) -> None:
        """Follow no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def _is_own(self) -> bool:
        """Whether it is the server's own project, where tools of the person's own are shown, too."""
        return self._project == self._door.project

    async def _renew(self) -> None:
        """Learn what a kernel of this server would get now."""
        if self._is_own:
            try:
                HOLDINGS.is_now(await self._door.environment())
            except MaiaError as e:
                HOLDINGS.unknown(e.message)

    async def _follow_all(self) -> None:
        if self._is_own:
            await asyncio.gather(self._follow(), self._own.watch(self.tell))
        else:
            await self._follow()

    async def _follow(self) -> None:
        failures = 0
        while True:
            try:
                async for told in self._door.events(self._project):
                    failures = 0
                    await self._take(told)
            except MaiaError as e:
                self._fail(e)
            await asyncio.sleep(pause_after(failures))
            failures += 1


def _fares(told: dict[str, Any]) -> list[tuple[Any, Any]]:
    return [(card.get("name"), card.get("state")) for card in told["tools"]]


class Desk:
    """One for each server."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._followers: dict[str, Follower] = {}
        HOLDINGS.listen(self._tell)

    def of(self, project: str) -> Follower:
        """Return who follows a project; the server's own if none is named."""
        name = project or self.door.project
        if name not in self._followers:
            self._followers[name] = Follower(self.door, name)
        return self._followers[name]

    async def close(self) -> None:
        """Follow nothing more."""
        await asyncio.gather(*(follower.close() for follower in self._followers.values()))

    def _tell(self) -> None:
        for follower in self._followers.values():
            follower.tell()
