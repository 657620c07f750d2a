"""Telling any number of listeners what has changed: each hears of everything, of the same thing once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Feed(Generic[T]):
    """Keeps for each listener what it has not heard of yet: a slow one hears once of what changed often."""

    def __init__(self) -> None:
        self._listeners: list[tuple[dict[T, None], asyncio.Event]] = []

    def tell(self, what: T) -> None:
        """Tell all listeners of something."""
        for waiting, event in self._listeners:
            waiting[what] = None
            event.set()

    async def listen(self) -> AsyncIterator[T]:
        """Yield what changes from now on."""
        listener: tuple[dict[T, None], asyncio.Event] = ({}, asyncio.Event())
        waiting, event = listener
        self._listeners.append(listener)
        try:
            while True:
                await event.wait()
                event.clear()
                while waiting:
                    what = next(iter(waiting))
                    del waiting[what]
                    yield what
        finally:
            self._listeners.remove(listener)
