"""Where bookings that have not begun lie, chosen anew when a request does not fit otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from maia_hub.core.bookings import Booking
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import Node
from maia_hub.core.ids import BookingId, NodeId
from maia_hub.core.interval import Interval


@dataclass(frozen=True, slots=True)
class Plan:
    """The request goes to ``node``; each booking in ``moves`` goes to another node than before."""

    node: NodeId
    moves: dict[BookingId, NodeId] = field(default_factory=dict)


def replan(
    nodes: Sequence[Node],
    fixed: Sequence[Booking],
    movable: Sequence[Booking],
    gpus: int,
    interval: Interval,
) -> Plan | None:
    """Find a node for the request, moving bookings that have not begun; None if none is found.

    For every node: put the request there, then place the displaced bookings again, the largest first, each on
    the fullest node that takes it. A heuristic (the problem is bin packing), so None is no proof.
    """
    for node in nodes:
        if node.capacity >= gpus and (plan := _try(node, nodes, fixed, movable, gpus, interval)):
            return plan
    return None


def _try(
    node: Node,
    nodes: Sequence[Node],
    fixed: Sequence[Booking],
    movable: Sequence[Booking],
    gpus: int,
    interval: Interval,
) -> Plan | None:
    calendar = Calendar(nodes)
    displaced = [b for b in movable if b.node == node.id and b.interval.overlaps(interval)]
    for booking in (*fixed, *(b for b in movable if b not in displaced)):
        if booking.occupied is not None:
            calendar.add(booking.node, booking.occupied, booking.gpus)
    if calendar.free_on(node.id, interval) < gpus:
        return None
    calendar.add(node.id, interval, gpus)
    moves: dict[BookingId, NodeId] = {}
    for booking in sorted(displaced, key=lambda b: (-b.gpus, b.interval)):
        home = calendar.fits(booking.gpus, booking.interval)
        if home is None:
            return None
        calendar.add(home, booking.interval, booking.gpus)
        if home != booking.node:
            moves[booking.id] = home
    return Plan(node.id, moves)
