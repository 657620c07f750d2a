"""What wakes a loop from whichever thread the news comes, and lets it rest until then."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Bell:
    """Belongs to one loop: it listens once it runs, hushes the bell before each look, and rests until it rings."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self) -> None:
        """Be heard by the event loop that runs here; what was rung before is lost, for the first look finds it."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """Wake the loop; may be called from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._rung.set)

    def hush(self) -> None:
        """Wait for what is rung from now on."""
        self._rung.clear()

    async def rest(self, seconds: float) -> None:
        """Wait until it rings, at most for some seconds."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)
