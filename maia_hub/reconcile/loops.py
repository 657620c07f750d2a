"""The loop: what time brings about, what is due, what has drifted; then sleep until the next moment."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from maia_hub.reconcile.drift import release_dead
from maia_hub.reconcile.ports import Desk, Hub, Processes
from maia_hub.reconcile.respawns import Respawns

_log = logging.getLogger(__name__)
_LONGEST_SLEEP = 5.0  # seconds: a clock that is set is noticed within this time
_WHILE_HELD = 1.0  # seconds: a process that died without a word is noticed within this time
_SHORTEST_SLEEP = 0.02
_BETWEEN_TIDYING = 15.0


class Reconciler:
    """Runs the loops over one desk; only one may run at a time, its caller holds the lock."""

    def __init__(self, desk: Desk, hub: Hub, processes: Processes, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._processes = processes
        self._clock = clock
        self._respawns = Respawns(desk, hub, clock)
        self._changed = asyncio.Event()
        self._tidied = float("-inf")
        self._due_at = float("-inf")
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self, *_: object) -> None:
        """Look at once; may be called from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._changed.set)

    async def run(self) -> None:
        """Run until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                if self._changed.is_set():
                    self._due_at = float("-inf")
                self._changed.clear()
                try:
                    pause = await self._look()
                except Exception:
                    _log.exception("the loop failed and goes on")
                    pause = _WHILE_HELD
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), pause)
        finally:
            await self._respawns.close()

    async def _look(self) -> float:
        """Do what is due; return for how many seconds to sleep."""
        if time.monotonic() >= self._due_at:
            pause = await self._do_what_is_due()
            self._due_at = time.monotonic() + pause
        alive = await asyncio.to_thread(release_dead, self._desk, self._processes, self._clock())
        await self._tidy()
        pause = self._due_at - time.monotonic()
        return max(min(pause, _WHILE_HELD) if alive else pause, _SHORTEST_SLEEP)

    async def _do_what_is_due(self) -> float:
        """Do it; return after how many seconds to look again. This reads all bookings: not done without need."""
        changes = await asyncio.to_thread(self._desk.tick, self._clock())
        for change in changes:
            _log.info("%s", change)
        due = await asyncio.to_thread(self._desk.due, self._clock())
        for job in due.respawns:
            self._respawns.begin(job)
        pause = _WHILE_HELD if due.respawns else _LONGEST_SLEEP
        if due.next_at is not None:
            pause = min(pause, (due.next_at - self._clock()).total_seconds())
        return pause

    async def _tidy(self) -> None:
        if time.monotonic() - self._tidied < _BETWEEN_TIDYING:
            return
        self._tidied = time.monotonic()
        servers = await asyncio.to_thread(self._desk.servers, self._clock())
        await asyncio.to_thread(self._processes.tidy, servers, self._clock())
