"""What happens, told to every browser that listens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Event = tuple[str, Any]
"""Its kind, and what is told."""


class Feed:
    """Passes events on; who does not listen misses them, and is told the whole state when it comes back."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event]] = set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Event]]:
        """Listen for a while."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self.leave(queue)

    def leave(self, queue: asyncio.Queue[Event]) -> None:
        """Listen no longer."""
        self._listeners.discard(queue)

    @property
    def heard(self) -> bool:
        """Tell whether anybody listens."""
        return bool(self._listeners)

    def tell(self, kind: str, value: Any) -> None:
        """Tell everybody."""
        for queue in self._listeners:
            queue.put_nowait((kind, value))
