"""Stopping a server and starting it again, however often the hub has to be asked."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from maia_hub.core.errors import Conflict, MaiaError, Unavailable
from maia_hub.core.ids import LeaseId, ServerName, UserName
from maia_hub.reconcile.ports import Desk, Hub, Respawn

_log = logging.getLogger(__name__)
CHOICE = "maia_choice"
"""The key of the hub's user options under which the spawner finds the choice."""

_FIRST_DELAY = 0.25
_LONGEST_DELAY = 1.0
_STOPS = 256
_STARTS = 32
"""So many at the same time: a stop mostly waits for the server to end; a start is work for hub and cluster."""
_FEW = 8
_HELD_BACK = 5.0  # seconds
"""While more than a few stops are under way, starts are held back so long: GPUs are given back on time first."""


class Respawns:
    """The respawns that are under way, at most one for each server."""

    def __init__(self, desk: Desk, hub: Hub, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._hub = hub
        self._clock = clock
        self._running: dict[tuple[UserName, ServerName], asyncio.Task[None]] = {}
        self._grants: dict[tuple[UserName, ServerName], LeaseId] = {}
        self._ended: dict[tuple[UserName, ServerName], float] = {}
        self._stops, self._starts = asyncio.Semaphore(_STOPS), asyncio.Semaphore(_STARTS)
        self._stopping = 0
        self._few = asyncio.Event()
        self._few.set()

    def begin(self, jobs: Sequence[Respawn], asked: float) -> None:
        """Begin what is not under way, ``asked`` being when (on the monotonic clock) the desk was asked for them.

        What has ended since then was asked for in the middle of it, and would stop a server that has just started.
        """
        for job in jobs:
            key = (job.user, job.server)
            if key not in self._running and self._ended.get(key, asked) <= asked:
                task = asyncio.create_task(self._perform(job))
                self._running[key], self._grants[key] = task, job.grant
                task.add_done_callback(partial(self._note_end, key))
        self._ended = {key: at for key, at in self._ended.items() if at > asked}

    def _note_end(self, key: tuple[UserName, ServerName], _: asyncio.Task[None]) -> None:
        del self._running[key], self._grants[key]
        self._ended[key] = time.monotonic()

    def stops(self, grant: LeaseId) -> bool:
        """Tell whether the server of a grant is being stopped here, to be started again."""
        return grant in self._grants.values()

    async def close(self) -> None:
        """Give up those under way; they are due again at the next start."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _perform(self, job: Respawn) -> None:
        _log.info("respawn of %s/%s: %s", job.user, job.server, job.cause)
        try:
            if not await self._stop(job):
                return
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._few.wait(), _HELD_BACK)
            async with self._starts:
                await self._insist("start", lambda: self._start(job), job)
            await asyncio.to_thread(self._desk.respawned, job.user, job.server, self._clock())
        except MaiaError as e:
            _log.error("respawn of %s/%s failed, it will be tried anew: %s", job.user, job.server, e.message)
        except Exception:
            _log.exception("respawn of %s/%s failed, it will be tried anew", job.user, job.server)

    async def _stop(self, job: Respawn) -> bool:
        """Stop the server; False if its grant is no server's any more."""
        self._count(1)
        try:
            if not await asyncio.to_thread(self._desk.mark_stopping, job.grant, job.cause, self._clock()):
                return False
            async with self._stops:
                await self._insist("stop", lambda: self._hub.stop(job.user, job.server), job)
            return True
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        self._stopping += more
        if self._stopping > _FEW:
            self._few.clear()
        else:
            self._few.set()

    async def _start(self, job: Respawn) -> None:
        """Start with the options of the last start, but for the choice if the owner made one."""
        options = None
        if job.choice is not None:
            options = {**await self._hub.options(job.user, job.server), CHOICE: job.choice}
        await self._hub.start(job.user, job.server, options)

    async def _insist(self, what: str, ask: Callable[[], Awaitable[None]], job: Respawn) -> None:
        """Ask until it works; a hub that is down or busy is a matter of time."""
        delay = _FIRST_DELAY
        while True:
            try:
                await ask()
                return
            except (Unavailable, Conflict) as e:
                _log.warning("%s of %s/%s: %s Again in %.2g s.", what, job.user, job.server, e.message, delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY)
