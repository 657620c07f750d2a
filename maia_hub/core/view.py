"""What there is to hand out at a moment: devices nobody holds, GPUs nobody has booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.closing import Closing
from maia_hub.core.gpus import Gpu, GpuPool, Node
from maia_hub.core.ids import NodeId, UserName
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.machines import resource_of


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a decision looks at: live bookings and live leases of everybody, the inventory, the moment."""

    bookings: Sequence[Booking]
    leases: Sequence[Lease]
    pools: Sequence[GpuPool]
    gpus: Sequence[Gpu]
    now: datetime
    closing: Closing


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


def unbooked(view: View, node: Node, moment: datetime) -> int:
    """Return how many GPUs of a node neither bookings nor outages take at a moment."""
    booked = sum(
        b.gpus for b in view.bookings if b.node == node.id and b.live and b.interval.contains(moment)
    )
    return node.capacity - booked - sum(o.gpus for o in node.outages if o.interval.contains(moment))


def next_unbooked(view: View, node: Node) -> datetime | None:
    """Return when a GPU of a node is next free of bookings and outages; None if never."""
    ends = [b.interval.end for b in view.bookings if b.node == node.id and b.live]
    ends += [o.interval.end for o in node.outages]
    moments = [view.now, *sorted(e for e in ends if e > view.now)]
    return next((moment for moment in moments if unbooked(view, node, moment) > 0), None)


def lent_until(view: View, node: Node, lent: int) -> datetime | None:
    """Return when bookings or outages leave fewer than ``lent`` GPUs of ``node`` unbooked; None if never."""
    starts = [b.interval.start for b in view.bookings if b.node == node.id and b.live]
    starts += [o.interval.start for o in node.outages]
    for moment in [view.now, *sorted(s for s in starts if s > view.now)]:
        if unbooked(view, node, moment) < lent:
            return moment
    return None


def lendable_until(view: View, node: Node) -> datetime | None:
    """Return when one more lent GPU of a node would have to be back; None if never."""
    lent = sum(
        len(le.gpus) for le in view.leases if held_on(le, node.id) and le.kind is GrantKind.OPPORTUNISTIC
    )
    return lent_until(view, node, lent + 1)
