"""What wakes a loop from whichever thread the news comes, and lets it rest until then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from maia_hub.core.errors import MaiaError

_log = logging.getLogger(__name__)


class Bell:
    """Belongs to one loop, which looks whenever it rings, and else when the last look said."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ring(self) -> None:
        """Have the loop look soon; may be called from any thread. The first look needs no ring."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._rung.set)

    async def answer(
        self, look: Callable[[], Awaitable[float]], trouble: str, *, again: float, apart: float = 0.0
    ) -> None:
        """Look until cancelled; a look that fails is logged, and it goes on.

        Args:
            look: returns after how many seconds to look again if it does not ring
            trouble: what has not come about when a look fails, for the log
            again: seconds until the next look after one that failed
            apart: seconds that always pass between two looks
        """
        self._loop = asyncio.get_running_loop()
        while True:
            self._rung.clear()
            try:
                pause = await look()
            except MaiaError as e:
                _log.warning("%s: %s", trouble, e.message)
                pause = again
            except Exception:
                _log.exception("%s", trouble)
                pause = again
            await asyncio.sleep(apart)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._rung.wait(), max(pause - apart, 0.01))
