"""Moving bookings that have not begun to other nodes, so that one more finds its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maia_hub.core.bookings import Booking
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import Node
from maia_hub.core.ids import BookingId, NodeId
from maia_hub.core.interval import Interval
from maia_hub.core.steps import Steps
from maia_hub.core.ticks import ticks

MOST_MOVES = 4
MOST_STEPS = 2_000
"""Beyond these the search gives up: a fuller repacking is not worth a user's waiting."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the new booking goes, and which others go where so that it can."""

    node: NodeId
    moves: dict[BookingId, NodeId]


def replan(
    nodes: Iterable[Node],
    fixed: Sequence[Booking],
    movable: Sequence[Booking],
    gpus: int,
    interval: Interval,
) -> Plan | None:
    """Find a node for ``gpus`` GPUs over ``interval`` with the fewest moves of ``movable`` bookings.

    Returns None if there is no such plan, or none within the bounds of the search.
    """
    search = _Search(tuple(nodes), fixed, movable)
    if min(free for _, free in search.calendar.profile(interval)) < gpus:
        return None
    for moves in range(min(MOST_MOVES, len(movable)) + 1):
        if (plan := search.run(gpus, interval, moves)) is not None:
            return plan
    return None


@dataclass(frozen=True, slots=True)
class _Item:
    """Something that looks for a node, from ``start`` to ``end`` in ticks.

    It is a booking that was displaced, or (without one) the new booking.
    """

    gpus: int
    start: int
    end: int
    booking: Booking | None = None


class _Search:
    """Depth first: put an item on a node, or displace one booking there and try again."""

    def __init__(self, nodes: tuple[Node, ...], fixed: Sequence[Booking], movable: Sequence[Booking]) -> None:
        self.nodes = nodes
        self.steps = MOST_STEPS
        self.calendar = Calendar(nodes)
        self.loads = {node.id: Steps() for node in nodes}
        self.movable: dict[NodeId, list[_Item]] = {node.id: [] for node in nodes}
        for node in nodes:
            for outage in node.outages:
                self._shift(node.id, _item(outage.gpus, outage.interval), 1)
        for booking in (*fixed, *movable):
            if booking.occupied is not None and booking.node in self.loads:
                self.calendar.take(booking.node, booking.occupied, booking.gpus)
                self._shift(booking.node, _item(booking.gpus, booking.occupied), 1)
        for booking in movable:
            if booking.occupied is not None and booking.node in self.movable:
                self.movable[booking.node].append(_item(booking.gpus, booking.occupied, booking))

    def run(self, gpus: int, interval: Interval, moves: int) -> Plan | None:
        placed: dict[BookingId | None, NodeId] = {}
        if not self._place([_item(gpus, interval)], moves, placed, frozenset()):
            return None
        return Plan(placed[None], {b: node for b, node in placed.items() if b is not None})

    def _place(
        self,
        items: list[_Item],
        moves: int,
        placed: dict[BookingId | None, NodeId],
        displaced: frozenset[BookingId],
    ) -> bool:
        """Find a node for each of ``items``; what was displaced once is not displaced again."""
        if not items:
            return True
        items = sorted(items, key=lambda item: item.gpus)
        item, rest = items[-1], items[:-1]
        for node in self._nodes_for(item):
            self.steps -= 1
            if self.steps < 0:
                return False
            if self._free(node, item) >= item.gpus:
                if self._settle(item, node, rest, moves, placed, displaced):
                    return True
            elif moves and self._displace(item, node, rest, moves, placed, displaced):
                return True
        return False

    def _settle(
        self,
        item: _Item,
        node: Node,
        rest: list[_Item],
        moves: int,
        placed: dict[BookingId | None, NodeId],
        displaced: frozenset[BookingId],
    ) -> bool:
        key = item.booking.id if item.booking else None
        self._shift(node.id, item, 1)
        placed[key] = node.id
        if self._place(rest, moves, placed, displaced):
            return True
        del placed[key]
        self._shift(node.id, item, -1)
        return False

    def _displace(
        self,
        item: _Item,
        node: Node,
        rest: list[_Item],
        moves: int,
        placed: dict[BookingId | None, NodeId],
        displaced: frozenset[BookingId],
    ) -> bool:
        for other in self._in_the_way(item, node, displaced):
            assert other.booking is not None
            self._shift(node.id, other, -1)
            if self._place([*rest, item, other], moves - 1, placed, displaced | {other.booking.id}):
                return True
            self._shift(node.id, other, 1)
        return False

    def _shift(self, node: NodeId, item: _Item, sign: int) -> None:
        self.loads[node].add(item.start, item.end, sign * item.gpus)

    def _free(self, node: Node, item: _Item) -> int:
        """Return how many GPUs of a node are free for an item; at least 0, as an outage may come down on bookings."""
        peak = self.loads[node.id].peak(item.start, item.end, node.capacity)
        return 0 if peak is None else node.capacity - peak

    def _nodes_for(self, item: _Item) -> list[Node]:
        """Return the nodes an item may go to, the fullest that fits first; a displaced one never goes back."""
        home = item.booking.node if item.booking else None
        nodes = [n for n in self.nodes if n.capacity >= item.gpus and n.id != home]
        free = {n.id: self._free(n, item) for n in nodes}
        return sorted(nodes, key=lambda n: (free[n.id] < item.gpus, abs(free[n.id] - item.gpus)))

    def _in_the_way(self, item: _Item, node: Node, displaced: frozenset[BookingId]) -> list[_Item]:
        return [
            other
            for other in self.movable[node.id]
            if other.start < item.end
            and item.start < other.end
            and other.booking is not None
            and other.booking.id not in displaced
        ]


def _item(gpus: int, interval: Interval, booking: Booking | None = None) -> _Item:
    return _Item(gpus, ticks(interval.start), ticks(interval.end), booking)
