"""What there is to hand out at a moment: devices nobody holds, GPUs nobody has booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate

from maia_hub.core.bookings import Booking
from maia_hub.core.classes import Class, Group
from maia_hub.core.closing import Closing
from maia_hub.core.gpus import Gpu, GpuPool, Node
from maia_hub.core.ids import GpuId, GroupId, NodeId, UserName
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.machines import resource_of
from maia_hub.core.waiting import Waiter


@dataclass(frozen=True, kw_only=True)
class View:
    """All that a decision looks at: live bookings and leases of everybody, who waits, the inventory, the moment.

    What belongs to a node is sorted out once: a decision asks it of every node, and there may be thousands.
    """

    bookings: Sequence[Booking]
    leases: Sequence[Lease]
    pools: Sequence[GpuPool]
    gpus: Sequence[Gpu]
    now: datetime
    closing: Closing
    queue: Sequence[Waiter] = ()
    classes: Sequence[Class] = ()

    def bookings_on(self, node: NodeId) -> Sequence[Booking]:
        """Return the live bookings of a node."""
        return self._bookings_by_node.get(node, ())

    def leases_on(self, node: NodeId) -> Sequence[Lease]:
        """Return the live leases of a node."""
        return self._leases_by_node.get(node, ())

    def gpus_on(self, node: NodeId) -> Sequence[Gpu]:
        """Return the GPUs of a node, by index."""
        return self._gpus_by_node.get(node, ())

    def may_use(self, booking: Booking, user: UserName) -> bool:
        """Tell whether a booking is somebody's own, or that of a group that she is in."""
        group = self.group_of(booking)
        return booking.user == user or (group is not None and user in group[1].members)

    def group_of(self, booking: Booking) -> tuple[Class, Group] | None:
        """Return for which group of which class a booking is; None if for none."""
        return None if booking.group is None else self._groups.get(booking.group)

    @cached_property
    def _groups(self) -> Mapping[GroupId, tuple[Class, Group]]:
        return {group.id: (course, group) for course in self.classes for group in course.groups}

    @cached_property
    def held(self) -> frozenset[GpuId]:
        """Which devices somebody holds."""
        return frozenset(gpu for lease in self.leases if lease.live for gpu in lease.gpus)

    @cached_property
    def out_of_order(self) -> frozenset[GpuId]:
        """Which devices are said to be out of order now; whoever holds one of them holds it still."""
        nodes = (node for pool in self.pools for node in pool.nodes)
        there = (outage for node in nodes for outage in node.outages if outage.interval.contains(self.now))
        return frozenset(outage.gpu for outage in there if outage.gpu is not None)

    @cached_property
    def _bookings_by_node(self) -> Mapping[NodeId, list[Booking]]:
        found: dict[NodeId, list[Booking]] = defaultdict(list)
        for booking in self.bookings:
            if booking.live:
                found[booking.node].append(booking)
        return found

    @cached_property
    def _leases_by_node(self) -> Mapping[NodeId, list[Lease]]:
        found: dict[NodeId, list[Lease]] = defaultdict(list)
        for lease in self.leases:
            if lease.live and lease.node is not None:
                found[lease.node].append(lease)
        return found

    @cached_property
    def _gpus_by_node(self) -> Mapping[NodeId, list[Gpu]]:
        found: dict[NodeId, list[Gpu]] = defaultdict(list)
        for gpu in sorted(self.gpus, key=lambda g: g.index):
            found[gpu.node].append(gpu)
        return found


def running_bookings(view: View, user: UserName) -> list[Booking]:
    """Return the bookings that run now and that she may use, the one that ends last first."""
    mine = [b for b in view.bookings if b.live and b.interval.contains(view.now) and view.may_use(b, user)]
    return sorted(mine, key=lambda b: b.interval.end, reverse=True)


def coming_bookings(view: View, user: UserName) -> list[Booking]:
    """Return the bookings that are to come and that she may use."""
    return [b for b in view.bookings if b.live and b.interval.start > view.now and view.may_use(b, user)]


def free_devices(view: View, node: NodeId) -> list[Gpu]:
    """Return the devices of a node that nobody holds and nobody has said to be out of order, by index.

    Where GPUs are only counted, nobody knows which one broke: what is held is taken from those that are left.
    """
    present = view.gpus_on(node)
    free = [gpu for gpu in present if gpu.id not in view.held and gpu.id not in view.out_of_order]
    if free and resource_of(free[0].id) is None:
        return free
    counted = sum(len(lease.gpus) for lease in view.leases_on(node))
    return free[: max(0, len(present) - counted)]


def idle_devices(view: View, node: Node) -> list[Gpu]:
    """Return the devices nobody holds, less as many as running bookings may still claim."""
    free = free_devices(view, node.id)
    running = {b.id: b.gpus for b in view.bookings_on(node.id) if b.interval.contains(view.now)}
    claimed = sum(len(lease.gpus) for lease in view.leases_on(node.id) if lease.booking in running)
    missing = (o for o in node.outages if o.gpu is None or o.gpu in view.held)  # others are not free anyway
    broken = sum(o.gpus for o in missing if o.interval.contains(view.now))
    return free[: max(0, len(free) - max(0, sum(running.values()) - claimed) - broken)]


Taken = tuple[datetime, datetime, int]
"""From, until, and how many GPUs."""
Stretch = tuple[datetime, datetime | None]
"""From and until; None: without end."""


def taken_on(view: View, node: Node) -> list[Taken]:
    """Return what bookings and outages take of a node."""
    booked = [(b.interval, b.gpus) for b in view.bookings_on(node.id)]
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


def stretches(free: list[tuple[datetime, int]], level: int) -> Iterator[Stretch]:
    """Yield when at least ``level`` GPUs are free, from and until; None: without end."""
    since: datetime | None = None
    for moment, n in free:
        if n >= level and since is None:
            since = moment
        elif n < level and since is not None:
            yield since, moment
            since = None
    if since is not None:
        yield since, None


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
    return sum(len(x.gpus) for x in view.leases_on(node.id) if x.kind is GrantKind.OPPORTUNISTIC)


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
