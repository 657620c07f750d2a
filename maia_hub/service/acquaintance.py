"""Whom the hub knows: asked name by name, for the service may not list its users, and remembered for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from maia_hub.core.errors import Unavailable
from maia_hub.core.ids import UserName

_AT_ONCE = 8
"""Questions that the hub, one process for all, has of us at the same time."""
_KNOWN_FOR = timedelta(hours=1)
_MOST = 20_000
_PATIENCE = 5.0
"""Seconds for all questions of one list; those that are left are asked when it is looked at again."""

Ask = Callable[[str], Awaitable[Sequence[str] | None]]


class Acquaintance:
    """Who has signed in at the hub; who is unknown is asked for again each time, for she may do so any moment."""

    def __init__(self, ask: Ask, clock: Callable[[], datetime]) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[UserName, datetime] = {}

    async def strangers(self, names: Collection[UserName]) -> frozenset[UserName] | None:
        """Return those whom the hub does not know; None if it cannot be said of all of them now."""
        soonest = self._clock() - _KNOWN_FOR
        asked = [name for name in names if self._known.get(name, soonest) <= soonest]
        turns = asyncio.Semaphore(_AT_ONCE)
        with suppress(Unavailable, asyncio.TimeoutError):
            found = await asyncio.wait_for(
                asyncio.gather(*(self._knows(name, turns) for name in asked)), _PATIENCE
            )
            return frozenset(name for name, known in zip(asked, found, strict=True) if not known)
        return None

    async def _knows(self, name: UserName, turns: asyncio.Semaphore) -> bool:
        async with turns:
            if await self._ask(name) is None:
                return False
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[name] = self._clock()
        return True
