"""What there is to hand out at a moment: devices nobody holds, GPUs nobody has booked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from maia_hub.core.bookings import Booking
from maia_hub.core.closing import Closing
from maia_hub.core.gpus import Gpu, GpuPool, Node
from maia_hub.core.ids import NodeId, UserName
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.machines import resource_of
from maia_hub.core.waiting import Waiter


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a decision looks at: live bookings and leases of everybody, who waits, the inventory, the moment."""

    bookings: Sequence[Booking]
    leases: Sequence[Lease]
    pools: Sequence[GpuPool]
    gpus: Sequence[Gpu]
    now: datetime
    closing: Closing
    queue: Sequence[Waiter] = ()


def running_bookings(view: View, user: UserName) -> list[Booking]:
    """Return the user's bookings that run now, the one that ends last first."""
    mine = [b for b in view.bookings if b.live and b.user == user and b.interval.contains(view.now)]
    return sorted(mine, key=lambda b: b.interval.end, reverse=True)


def held_on(lease: Lease, node: NodeId) -> bool:
    """Say whether a lease holds GPUs of a node."""
    return lease.live and lease.node == node


def free_devices(view: View, node: NodeId) -> list[Gpu]:
    """Return the devices of a node that nobody holds, by index.

    Where GPUs are only counted, nobody knows which one broke: what is held is taken from those that are left.
    """
    held = {gpu for lease in view.leases if lease.live for gpu in lease.gpus}
    present = [g for g in view.gpus if g.node == node]
    free = sorted((g for g in present if g.id not in held), key=lambda g: g.index)
    if free and resource_of(free[0].id) is None:
        return free
    counted = sum(len(lease.gpus) for lease in view.leases if held_on(lease, node))
    return free[: max(0, len(present) - counted)]


def idle_devices(view: View, node: Node) -> list[Gpu]:
    """Return the devices nobody holds, less as many as running bookings may still claim."""
    free = free_devices(view, node.id)
    running = {
        b.id: b.gpus for b in view.bookings if b.node == node.id and b.live and b.interval.contains(view.now)
    }
    claimed = sum(len(le.gpus) for le in view.leases if held_on(le, node.id) and le.booking in running)
    broken = sum(o.gpus for o in node.outages if o.interval.contains(view.now))
    return free[: max(0, len(free) - max(0, sum(running.values()) - claimed) - broken)]


Taken = tuple[datetime, datetime, int]
"""From, until, and how many GPUs."""


def taken_on(view: View, node: Node) -> list[Taken]:
    """Return what bookings and outages take of a node."""
    booked = [(b.interval, b.gpus) for b in view.bookings if b.node == node.id and b.live]
    out = [(o.interval, o.gpus) for o in node.outages]
    return [(interval.start, interval.end, gpus) for interval, gpus in (*booked, *out)]


def over_time(gpus: int, taken: Iterable[Taken], now: datetime) -> list[tuple[datetime, int]]:
    """Return (from, GPUs that are left of ``gpus``) of each change, the first one now."""
    changes = {now: gpus}
    for start, end, less in taken:
        if end > now:
            begin = max(start, now)
            changes[begin] = changes.get(begin, 0) - less
            changes[end] = changes.get(end, 0) + less
    moments = sorted(changes)
    return list(zip(moments, accumulate(changes[moment] for moment in moments), strict=True))


def unbooked(view: View, node: Node) -> list[tuple[datetime, int]]:
    """Return (from, GPUs that neither bookings nor outages take) of each change on a node, the first one now."""
    return over_time(node.capacity, taken_on(view, node), view.now)


def next_unbooked(view: View, node: Node) -> datetime | None:
    """Return when a GPU of a node is next free of bookings and outages; None if never."""
    return next((moment for moment, free in unbooked(view, node) if free > 0), None)


def lent_until(view: View, node: Node, lent: int) -> datetime | None:
    """Return when bookings or outages leave fewer than ``lent`` GPUs of ``node`` unbooked; None if never."""
    return next((moment for moment, free in unbooked(view, node) if free < lent), None)


def lent_on(view: View, node: Node) -> int:
    """Return how many GPUs of a node are lent."""
    return sum(
        len(le.gpus) for le in view.leases if held_on(le, node.id) and le.kind is GrantKind.OPPORTUNISTIC
    )


@dataclass(frozen=True, slots=True)
class Loan:
    """A GPU that could be lent now, and when it would have to be back; None: never, as far as anybody knows."""

    gpu: Gpu
    until: datetime | None


def loans(view: View, pool: GpuPool) -> list[Loan]:
    """Return the GPUs of a pool that could be lent now, the one that need not be back for longest first."""
    found = [loan for node in pool.nodes for loan in _loans(view, node)]
    return sorted(found, key=lambda loan: (loan.until is not None, -(loan.until or view.now).timestamp()))


def _loans(view: View, node: Node) -> Iterator[Loan]:
    lent = lent_on(view, node)
    for more, gpu in enumerate(idle_devices(view, node), start=1):
        until = lent_until(view, node, lent + more)
        if until is not None and until - view.now < view.closing.lend_at_least:
            return
        yield Loan(gpu, until)
