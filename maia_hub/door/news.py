"""Telling whoever listens that something about a tool has changed."""

from __future__ import annotations

import asyncio


class News:
    """Wakes all who wait for ``next``; `tell` is called in the event loop."""

    def __init__(self) -> None:
        self.next = asyncio.Event()

    def tell(self) -> None:
        """Wake them."""
        self.next.set()
        self.next = asyncio.Event()
