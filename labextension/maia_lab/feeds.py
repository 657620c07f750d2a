"""What happens, told to every browser that listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

Event = tuple[str, Any]
"""Its kind, and what is told."""
Watch = Callable[[], Coroutine[Any, Any, None]]
"""Looks for what there is to tell, until it is cancelled."""


class Feed:
    """Passes events on; who does not listen misses them, and is told the whole state when it comes back.

    ``watch`` runs as long as anybody listens.
    """

    def __init__(self, watch: Watch | None = None) -> None:
        self._listeners: set[asyncio.Queue[Event]] = set()
        self._watch = watch
        self._watching: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Event]]:
        """Listen for a while."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners.add(queue)
        if self._watch and (self._watching is None or self._watching.done()):
            self._watching = asyncio.create_task(self._watch())
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
            if not self.heard and self._watching:
                self._watching.cancel()

    @property
    def heard(self) -> bool:
        """Tell whether anybody listens."""
        return bool(self._listeners)

    async def close(self) -> None:
        """Look for nothing any more."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    def tell(self, kind: str, value: Any) -> None:
        """Tell everybody."""
        for queue in self._listeners:
            queue.put_nowait((kind, value))
