"""What is free on nodes over time: reckoned once, and asked for one wish after another.

A `maia_hub.core.calendar.Calendar` is changed with every booking; this is not, and costs a tenth to make.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval
from maia_hub.core.view import Taken, over_time

_NONE = timedelta(0)


class Line:
    """How many of so many GPUs are free, step by step from now on."""

    def __init__(self, gpus: int, taken: Iterable[Taken], now: datetime) -> None:
        """Take away what is taken."""
        steps = over_time(gpus, taken, now)
        self.moments = [moment for moment, _ in steps]
        self._free = [free for _, free in steps]
        self._missing: dict[int, tuple[list[int], list[timedelta]]] = {}

    def pieces(self, within: Interval) -> Iterator[tuple[datetime, datetime, int]]:
        """Yield from when until when how many are free; nothing is said of the past."""
        at = max(bisect_right(self.moments, within.start) - 1, 0)
        while at < len(self.moments) and self.moments[at] < within.end:
            last = at + 1 == len(self.moments)
            until = within.end if last else min(self.moments[at + 1], within.end)
            yield max(self.moments[at], within.start), until, self._free[at]
            at += 1

    def least(self, within: Interval) -> int:
        """Return how many are free all that time."""
        return min((free for _, _, free in self.pieces(within)), default=0)

    def first(self, gpus: int, length: timedelta, after: datetime, before: datetime) -> datetime | None:
        """Return the earliest moment in [after, before) from which so many are free for so long; None if none is."""
        start = after
        within = Interval(after, max(before, after) + length)
        for _, until, free in self.pieces(within):
            if free < gpus:
                start = until
            if start >= before:
                return None
            if until - start >= length:
                return start
        return None

    def missing(self, gpus: int, within: Interval) -> timedelta:
        """Return how much GPU time so many lack of being free all that time."""
        return self._lacking(gpus, within.end) - self._lacking(gpus, within.start)

    def _lacking(self, gpus: int, until: datetime) -> timedelta:
        if gpus not in self._missing:
            lacks = [max(gpus - free, 0) for free in self._free]
            sums = [_NONE]
            for (one, next_), lack in zip(pairwise(self.moments), lacks, strict=False):
                sums.append(sums[-1] + (next_ - one) * lack)
            self._missing[gpus] = lacks, sums
        lacks, sums = self._missing[gpus]
        at = bisect_right(self.moments, until) - 1
        return sums[at] + (until - self.moments[at]) * lacks[at]


@dataclass(frozen=True)
class Room:
    """A node with what bookings leave of it, what outages do, and what both do: `booked`, `broken` and `free`.

    What is kept free for who has waited longest is no outage, but is not free either.
    """

    node: Node
    booked: Line
    broken: Line
    free: Line

    @classmethod
    def of(cls, node: Node, taken: Sequence[Taken], now: datetime) -> Room:
        """Return what is left of a node by bookings, which take that much, and by its outages."""
        outages = [(each.interval.start, each.interval.end, each.gpus, each.kept) for each in node.outages]
        return cls(
            node,
            booked=Line(node.capacity, taken, now),
            broken=Line(node.capacity, [each[:3] for each in outages if not each[3]], now),
            free=Line(node.capacity, [*taken, *(each[:3] for each in outages)], now),
        )


def soonest(
    rooms: Sequence[Room], gpus: int, length: timedelta, after: datetime, before: datetime
) -> tuple[NodeId, Interval] | None:
    """Return what `Calendar.next_slot` does: the earliest time that is free, on the fullest node where it is."""
    starts = [start for room in rooms if (start := room.free.first(gpus, length, after, before)) is not None]
    if not starts:
        return None
    when = Interval(min(starts), min(starts) + length)
    left = [(room.free.least(when), room.node.id) for room in rooms]
    return min(each for each in left if each[0] >= gpus)[1], when


def beginnings(line: Line, first: datetime, last: datetime) -> Sequence[datetime]:
    """Return the moments within [first, last] at which something begins or ends."""
    return line.moments[bisect_left(line.moments, first) : bisect_right(line.moments, last)]
