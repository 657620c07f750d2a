"""The loop: what time brings about, what is due, what has drifted; then sleep until the next moment."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from maia_hub.core.ids import LeaseId
from maia_hub.reconcile.drift import release_dead, release_ended
from maia_hub.reconcile.ports import Desk, Hub, Processes
from maia_hub.reconcile.respawns import Respawns

_log = logging.getLogger(__name__)
_LONGEST_SLEEP = 5.0  # seconds: a clock that is set is noticed within this time
_WHILE_HELD = 1.0  # seconds: a process that died without a word is noticed within this time
_SHORTEST_SLEEP = 0.02
_BETWEEN_TIDYING = 15.0
_REST = 3.0  # looks follow one another only after so many times what they took: a storm of events is one look
_LONGEST_REST = 0.25  # seconds


class Reconciler:
    """Runs the loops over one desk; only one may run at a time, its caller holds the lock.

    ``look_every``: all leases are looked at so often (in seconds) for processes that died without a word. Where ends
    are told (`ended`), that is for what was missed, and may be rare.
    """

    def __init__(
        self,
        desk: Desk,
        hub: Hub,
        processes: Processes,
        clock: Callable[[], datetime],
        *,
        look_every: float = _WHILE_HELD,
    ) -> None:
        self._desk = desk
        self._processes = processes
        self._clock = clock
        self._look_every = look_every
        self._respawns = Respawns(desk, hub, clock)
        self._changed = asyncio.Event()
        self._ended: set[LeaseId] = set()
        self._due_at = self._look_at = self._tidy_at = float("-inf")
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self, *_: object) -> None:
        """Look at once for what is due; may be called from any thread."""
        self._on_loop(self._take_note)

    def ended(self, grant: LeaseId) -> None:
        """Look at once whether a grant's process has ended, as somebody says; may be called from any thread."""
        self._on_loop(lambda: self._take_end(grant))

    def stops(self, grant: LeaseId) -> bool:
        """Tell whether the server of a grant is being stopped by these loops; call it on their event loop."""
        return self._respawns.stops(grant)

    def missed(self) -> None:
        """Look at all leases at once: ends may have been missed; may be called from any thread."""
        self._on_loop(self._take_gap)

    async def run(self) -> None:
        """Run until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self._changed.clear()
                began = time.monotonic()
                try:
                    await self._look()
                except Exception:
                    _log.exception("the loop failed and goes on")
                    self._due_at = self._look_at = time.monotonic() + _WHILE_HELD
                await asyncio.sleep(min(_REST * (time.monotonic() - began), _LONGEST_REST))
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), self._pause())
        finally:
            await self._respawns.close()

    def _on_loop(self, note: Callable[[], None]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(note)

    def _take_note(self) -> None:
        self._due_at = float("-inf")
        self._look_at = min(
            self._look_at, time.monotonic() + self._look_every
        )  # there may be a first lease now
        self._changed.set()

    def _take_end(self, grant: LeaseId) -> None:
        self._ended.add(grant)
        self._changed.set()

    def _take_gap(self) -> None:
        self._look_at = float("-inf")
        self._changed.set()

    def _pause(self) -> float:
        """Return for how many seconds there is nothing to do."""
        return max(min(self._due_at, self._look_at, self._tidy_at) - time.monotonic(), _SHORTEST_SLEEP)

    async def _look(self) -> None:
        """Do what is to be done now."""
        if time.monotonic() >= self._due_at:
            self._due_at = float("inf")  # who wakes us meanwhile wants another look
            pause = await self._do_what_is_due()
            self._due_at = min(self._due_at, time.monotonic() + pause)
        await self._release()
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + _BETWEEN_TIDYING
            servers = await asyncio.to_thread(self._desk.servers, self._clock())
            await asyncio.to_thread(self._processes.tidy, servers, self._clock())

    async def _do_what_is_due(self) -> float:
        """Do it; return after how many seconds to look again."""
        changes = await asyncio.to_thread(self._desk.tick, self._clock())
        for change in changes:
            _log.info("%s", change)
        asked = time.monotonic()
        due = await asyncio.to_thread(self._desk.due, self._clock())
        self._respawns.begin(due.respawns, asked)
        pause = _WHILE_HELD if due.respawns else _LONGEST_SLEEP
        if due.next_at is not None:
            pause = min(pause, (due.next_at - self._clock()).total_seconds())
        return pause

    async def _release(self) -> None:
        """Release what has ended: of all leases if it is time for that, else of those whose end was told."""
        if time.monotonic() >= self._look_at:
            self._look_at, self._ended = float("inf"), set()
            held = await asyncio.to_thread(release_dead, self._desk, self._processes, self._clock())
            pause = self._look_every if held else _LONGEST_SLEEP
            self._look_at = min(self._look_at, time.monotonic() + pause)
        elif self._ended:
            ended = frozenset(self._ended)
            await asyncio.to_thread(release_ended, self._desk, self._processes, ended, self._clock())
            self._ended -= ended
