"""Numbers for whoever watches the platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from maia_hub.core.ids import PoolId
from maia_hub.desk.cases import Cases
from maia_hub.desk.work import Work
from maia_hub.store.events import BACKUP_MADE

_LATELY = timedelta(hours=1)
POOL_STATES = ("all", "booked", "idle", "lent", "free")


@dataclass(frozen=True)
class PoolCounts:
    """Of each pool its GPUs by state, and how many wait for an idle one and for booked time.

    ``booked`` have a booking that runs; of these ``idle`` are held by no server. ``lent`` are held without a booking,
    ``free`` are held by nobody and not booked now.
    """

    gpus: Mapping[tuple[str, str], int]
    waiting: Mapping[tuple[str, str], int]


class CountingCases(Cases):
    """What is counted."""

    def pool_counts(self, now: datetime) -> PoolCounts:
        """Count the GPUs of pools and who waits for them."""
        with self._read(now) as work:
            pools = [pool.id for pool in work.tx.inventory.pools() if pool.largest_node]
            counts = {"idle-gpu": work.tx.counts.waiting(), "booking": work.tx.counts.wishes()}
            return PoolCounts(
                gpus=_gpus(work, pools),
                waiting={
                    (pool, what): found.get(pool, 0) for what, found in counts.items() for pool in pools
                },
            )

    def last_backup(self, now: datetime) -> datetime | None:
        """Return when the last scheduled backup was made; None if none is known of."""
        with self._read(now) as work:
            return work.tx.events.last_at(BACKUP_MADE)

    def notice_counts(self, now: datetime) -> dict[str, int]:
        """Count the notices that nobody has dismissed, by kind."""
        with self._read(now) as work:
            return work.tx.counts.notices()

    def expiry_counts(self, now: datetime) -> dict[str, int]:
        """Count the sessions that came to their end within the last hour, on time or late, and those overdue."""
        with self._read(now) as work:
            return work.tx.counts.expiries(now - _LATELY, now)


def _gpus(work: Work, pools: list[PoolId]) -> dict[tuple[str, str], int]:
    nodes = {node.id: pool.id for pool in work.tx.inventory.pools() for node in pool.nodes}
    there = Counter(nodes[gpu.node] for gpu in work.tx.inventory.gpus() if gpu.node in nodes)
    booked = Counter[str]()
    for booking in work.tx.bookings.live():
        if booking.interval.contains(work.now):
            booked[booking.pool] += booking.gpus
    held, lent = Counter[str](), Counter[str]()
    for lease in work.tx.leases.live():
        (held if lease.booking is not None else lent)[lease.pool] += len(lease.gpus)
    found: dict[tuple[str, str], int] = {}
    for pool in pools:
        idle = max(0, booked[pool] - held[pool])
        free = max(0, there[pool] - max(booked[pool], held[pool]) - lent[pool])
        numbers = (there[pool], booked[pool], idle, lent[pool], free)
        found |= {(str(pool), state): n for state, n in zip(POOL_STATES, numbers, strict=True)}
    return found
