"""The calendar of one pool: who could have how many GPUs, when, and on which node."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from maia_hub.core.errors import InvalidInput, NotFound, Overbooked
from maia_hub.core.freeline import FreeLine
from maia_hub.core.gaps import Gaps
from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval, as_utc
from maia_hub.core.steps import Steps
from maia_hub.core.ticks import TICK, moment_of, ticks


class Calendar:
    """What is taken on the nodes of one pool, outages included, exact to the microsecond.

    Each node keeps the GPUs taken as a step function; *fits* asks every node for its peak over the interval.
    The pool keeps one line of free GPUs for *profile*, and one index of gaps for each number of GPUs that
    *next_slot* was ever asked for. Removing what was added leaves no trace, in whatever order.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        """Start with no bookings; the nodes' outages are taken in."""
        self._nodes = sorted(nodes, key=lambda node: node.id)
        self._index = {node.id: i for i, node in enumerate(self._nodes)}
        self._loads = [Steps() for _ in self._nodes]
        self._line = FreeLine(sum(node.capacity for node in self._nodes))
        self._gaps: dict[int, Gaps] = {}
        for i, node in enumerate(self._nodes):
            for outage in node.outages:
                self._shift(i, outage.interval, outage.gpus)

    def add(self, node: NodeId, interval: Interval, gpus: int) -> None:
        """Take ``gpus`` GPUs of ``node``; raise `Overbooked` and change nothing if fewer are free."""
        free = self.free_on(node, interval)
        if free < gpus:
            raise Overbooked(
                f"Only {free} of the {gpus} GPUs asked for are free on {node} all that time.",
                given=gpus,
                allowed=free,
                advice="Ask for fewer GPUs, or for another time.",
            )
        self.take(node, interval, gpus)

    def take(self, node: NodeId, interval: Interval, gpus: int) -> None:
        """Take ``gpus`` GPUs of ``node`` whether or not they are free, for an outage may come down on bookings."""
        _at_least_one(gpus)
        self._shift(self._number(node), interval, gpus)

    def remove(self, node: NodeId, interval: Interval, gpus: int) -> None:
        """Give back what was added; a part of it, in time or number, may be given back too.

        Giving back more than is taken is a mistake of the caller and raises `ValueError`.
        """
        i = self._number(node)
        _at_least_one(gpus)
        pieces = self._loads[i].pieces(ticks(interval.start), ticks(interval.end))
        if any(taken < gpus for _, _, taken in pieces):
            raise ValueError(f"fewer than {gpus} GPUs of {node} are taken over {interval}")
        self._shift(i, interval, -gpus)

    def free_on(self, node: NodeId, interval: Interval) -> int:
        """Return the least number of GPUs free on ``node`` over ``interval``."""
        i = self._number(node)
        capacity = self._nodes[i].capacity
        peak = self._loads[i].peak(ticks(interval.start), ticks(interval.end), capacity)
        return 0 if peak is None else capacity - peak

    def fits(self, gpus: int, interval: Interval) -> NodeId | None:
        """Return the fullest node on which ``gpus`` GPUs are free over all of ``interval``, or None."""
        _at_least_one(gpus)
        start, end = ticks(interval.start), ticks(interval.end)
        best, least = None, 0
        for node, load in zip(self._nodes, self._loads, strict=True):
            peak = load.peak(start, end, node.capacity - gpus)
            if peak is None:
                continue
            free = node.capacity - peak
            if free == gpus:
                return node.id
            if best is None or free < least:
                best, least = node.id, free
        return best

    def next_slot(
        self, gpus: int, duration: timedelta, after: datetime, before: datetime | None = None
    ) -> tuple[NodeId, Interval] | None:
        """Return the earliest interval of ``duration`` that begins in [after, before) with ``gpus`` free on a node.

        The node is the one that `fits` names for it.
        """
        after = as_utc(after, "beginning of the search")
        wish = Interval(after, after + duration)
        node = self.fits(gpus, wish)
        if node is None:
            found = self._gaps_for(gpus).first(duration // TICK, ticks(after))
            if found is None:
                return None
            wish = Interval(moment_of(found), moment_of(found) + duration)
            node = self.fits(gpus, wish)
        if node is None or (before is not None and wish.start >= before):
            return None
        return node, wish

    def profile(self, interval: Interval) -> list[tuple[datetime, int]]:
        """Return (from, free GPUs of the whole pool) for each change; the first entry is at the start."""
        return self._line.over(interval.start, interval.end)

    def _gaps_for(self, gpus: int) -> Gaps:
        if gpus not in self._gaps:
            nodes = [(node.capacity, load) for node, load in zip(self._nodes, self._loads, strict=True)]
            self._gaps[gpus] = Gaps.of(gpus, nodes)
        return self._gaps[gpus]

    def _shift(self, i: int, interval: Interval, gpus: int) -> None:
        """Change the load of a node, and with it the pool's line of free GPUs and the indexes."""
        start, end, load = ticks(interval.start), ticks(interval.end), self._loads[i]
        for since, until, change in _changes(load.pieces(start, end), self._nodes[i].capacity, gpus):
            self._line.add(moment_of(since), moment_of(until), change)
        load.add(start, end, gpus)
        for gaps in self._gaps.values():
            gaps.refresh(i, load, start, end)

    def _number(self, node: NodeId) -> int:
        try:
            return self._index[node]
        except KeyError:
            raise NotFound(
                f"There is no node {node} in this pool.", given=node, allowed=sorted(self._index)
            ) from None


def _changes(pieces: Iterable[tuple[int, int, int]], capacity: int, gpus: int) -> list[tuple[int, int, int]]:
    """Return by how much the free GPUs of a node change, and when: less than ``gpus`` where it is overloaded."""
    changes: list[tuple[int, int, int]] = []
    for since, until, value in pieces:
        change = max(0, capacity - value - gpus) - max(0, capacity - value)
        if not change:
            continue
        if changes and changes[-1][1:] == (since, change):
            changes[-1] = (changes[-1][0], until, change)
        else:
            changes.append((since, until, change))
    return changes


def _at_least_one(gpus: int) -> None:
    if gpus < 1:
        raise InvalidInput(
            "A number of GPUs must be at least 1.", given=gpus, allowed="1 or more", advice="Ask for one GPU."
        )
