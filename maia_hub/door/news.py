"""Telling whoever listens that something about a tool has changed."""

from __future__ import annotations

import asyncio


class News:
    """Wakes all who wait; `tell` is called in the event loop."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Wake them."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self) -> None:
        """Return at the next news."""
        await self._next.wait()
