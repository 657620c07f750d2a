"""The loop that looks how busy booked GPUs are, and lets the desk ask about those that do nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from maia_hub.core.errors import MaiaError
from maia_hub.core.idleness import PARTS, IdleRules, Ring
from maia_hub.core.ids import GpuId, LeaseId
from maia_hub.core.leases import Lease

_log = logging.getLogger(__name__)
_OFTEN = timedelta(seconds=30)
"""Samples are not further apart, whatever the window; three in every part of it make up for one that is late."""


class IdleDesk(Protocol):
    """The use cases that the loop calls."""

    def booked_leases(self, now: datetime) -> Sequence[Lease]:
        """Return what is held by bookings now."""

    def watch_idle(self, peaks: Mapping[LeaseId, float | None], rules: IdleRules, now: datetime) -> None:
        """Take note how busy they were over the window; ask, and do what follows from answers."""


class Peaks(Protocol):
    """Tells how busy GPUs were."""

    async def over(
        self, leases: Sequence[Lease], window: timedelta, now: datetime
    ) -> Mapping[LeaseId, float | None]:
        """Return the highest utilisation in per cent of each lease's GPUs over a window; None where it is not known."""


class Sampled:
    """Takes samples and keeps them in rings: ``sample`` returns the utilisation of those GPUs of which it is known."""

    def __init__(self, sample: Callable[[Sequence[GpuId]], Mapping[GpuId, float]]) -> None:
        self._sample = sample
        self._rings: dict[LeaseId, dict[GpuId, Ring]] = {}

    async def over(
        self, leases: Sequence[Lease], window: timedelta, now: datetime
    ) -> Mapping[LeaseId, float | None]:
        """Take a sample of each GPU; return the peaks. A ring begins with its lease: others' use is not hers."""
        self._rings = {
            lease.id: self._rings.get(lease.id) or {gpu: Ring() for gpu in lease.gpus} for lease in leases
        }
        wanted = [gpu for lease in leases for gpu in lease.gpus]
        found = await asyncio.to_thread(self._sample, wanted) if wanted else {}
        peaks: dict[LeaseId, float | None] = {}
        for lease_id, rings in self._rings.items():
            for gpu in rings.keys() & found.keys():
                rings[gpu].add(now, found[gpu], window)
            each = [ring.peak(now, window) for ring in rings.values()]
            known = [peak for peak in each if peak is not None]
            peaks[lease_id] = max(known) if known and len(known) == len(each) else None
        return peaks


class IdleWatch:
    """Looks at all booked GPUs again and again; only one process may run it."""

    def __init__(self, desk: IdleDesk, peaks: Peaks, rules: IdleRules, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._peaks = peaks
        self._rules = rules
        self._clock = clock

    async def run(self) -> None:
        """Run until cancelled; a failure is logged, and it goes on: what was not measured is no idleness."""
        while True:
            try:
                await self.look()
            except MaiaError as e:
                _log.warning("how busy GPUs are is not known at the moment: %s", e.message)
            except Exception:
                _log.exception("how busy GPUs are could not be looked at, and will be")
            await asyncio.sleep(min(self._rules.window / (3 * PARTS), _OFTEN).total_seconds())

    async def look(self) -> None:
        """Look once."""
        leases = await asyncio.to_thread(self._desk.booked_leases, self._clock())
        peaks = await self._peaks.over(leases, self._rules.window, self._clock())
        await asyncio.to_thread(self._desk.watch_idle, peaks, self._rules, self._clock())
