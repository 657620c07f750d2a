"""The loop that forgets, once a day, what is older than the site keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from maia_hub.core.retention import Forgotten

_log = logging.getLogger(__name__)
_A_DAY = 24 * 3600.0
_AGAIN = 3600.0  # seconds after a failure
_BREATH = 0.2  # seconds in which others write between two steps


class RetentionDesk(Protocol):
    """The use case that the loop calls."""

    def forget(self, keep: timedelta, now: datetime) -> tuple[Forgotten, bool]:
        """Forget some of what was over so long ago; say how much, and whether there may be more."""


class Retention:
    """Forgets what was over ``keep`` ago; nothing at all if that is None."""

    def __init__(self, desk: RetentionDesk, clock: Callable[[], datetime], keep: timedelta | None) -> None:
        self._desk = desk
        self._clock = clock
        self._keep = keep

    async def run(self) -> None:
        """Run until cancelled; a failure is logged, and it is tried again within the hour."""
        while self._keep is not None:
            try:
                await self.look(self._keep)
                pause = _A_DAY
            except Exception:
                _log.exception("what is kept no longer could not be forgotten, and will be")
                pause = _AGAIN
            await asyncio.sleep(pause)

    async def look(self, keep: timedelta) -> None:
        """Forget all that there is to forget, in steps between which others write."""
        more = True
        while more:
            forgotten, more = await asyncio.to_thread(self._desk.forget, keep, self._clock())
            if forgotten.counts:
                _log.info("forgotten: %s", forgotten.counts)
            await asyncio.sleep(_BREATH if more else 0)
