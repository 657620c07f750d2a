"""What is kept free for who has waited longest, where all that opens is too small for her.

Pieces that come free one by one go to small wishes, and one for several GPUs, or for days, would wait for ever. So for
the oldest wish of a pool that has waited for `Waiting.patience` a **place** is chosen, a node and a time within its
window, and what is free there, or comes free, is kept for it alone: nobody's booking or wish gets it. That is the
reservation of the first in the queue in EASY backfilling (Lifka 1995), as Slurm's backfill scheduler makes it: others
go before her wherever that does not delay her. There the ends of the jobs that run say when her nodes are free; here
the calendar does.

**The place** is the earliest that is free all the time (then only a rule, such as how far ahead one may book, makes
her wait). If there is none it is that where others hold the least GPU time for the time that is left until it would
begin: what they give back meanwhile is kept. It stays the place until it begins, for what is kept is worth nothing
elsewhere.

**The bound.** Let a wish be the oldest of its pool of those that have waited for the patience and that no rule
refuses. As long as that is so, (1) what others hold of its place (`Place.missing`) never grows until the place would
begin, for nothing of it is given away, but to bookings whose own node has fewer GPUs than were promised; (2) it has its
booking with the first change after which nothing is missing; (3) if there is within its window a time that nobody has
booked when it becomes the oldest, it is served as soon as the rules let anybody book that time. A wish with n older
ones waits for n such turns. Nobody is served whose whole window is booked by others who keep their bookings: what was
promised stays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval
from maia_hub.core.view import Taken, over_time
from maia_hub.core.waitlist import Wish

_NONE, _MOMENT = timedelta(0), timedelta(minutes=1)
Kept = tuple[Interval, int]
"""A time, and how many GPUs are kept free then."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a wish is to have its GPUs; ``missing`` is the GPU time of it that others hold."""

    node: NodeId
    interval: Interval
    missing: timedelta


def place_for(
    wish: Wish,
    there: Iterable[tuple[Node, Sequence[Taken]]],
    now: datetime,
    before: tuple[NodeId, datetime] | None = None,
) -> Place | None:
    """Return the place to keep for a wish; None if no node can ever have it within its window.

    ``there`` are the nodes of the pool with what bookings take of them. Where outages leave too few GPUs is no place.
    ``before`` is the node and the beginning of the place that it has had.
    """
    places = [place for node, taken in there for place in _places(wish, node, taken, now, before)]
    return min(places, key=lambda each: _worse(each, now, before), default=None)


def kept(wish: Wish, place: Place, node: Node, taken: Sequence[Taken], now: datetime) -> list[Kept]:
    """Return what is free of a place, as far as the wish needs it: to be kept for it."""
    found: list[Kept] = []
    for start, end, free in _pieces(over_time(node.capacity, [*taken, *_outages(node)], now), place.interval):
        if gpus := min(max(free, 0), wish.gpus):
            found.append((Interval(start, end), gpus))
    return found


def _worse(
    place: Place, now: datetime, before: tuple[NodeId, datetime] | None
) -> tuple[int, float, datetime, str]:
    start = place.interval.start
    if place.missing == _NONE:
        return 0, 0.0, start, place.node
    left = max(start - now, _MOMENT)
    return 1 + ((place.node, start) != before), place.missing / left, start, place.node


def _places(
    wish: Wish,
    node: Node,
    taken: Sequence[Taken],
    now: datetime,
    before: tuple[NodeId, datetime] | None,
) -> Iterator[Place]:
    """Yield a place for each beginning at which what is missing may be least: where something begins or ends."""
    if wish.gpus > node.capacity:
        return
    booked = _Missing(over_time(node.capacity, taken, now), wish.gpus)
    broken = _Missing(over_time(node.capacity, list(_outages(node)), now), wish.gpus)
    first, last = max(wish.window.start, now), wish.latest_start
    changes = (*booked.moments, *broken.moments)
    kept_before = [before[1]] if before is not None and before[0] == node.id else []
    for start in {first, last, *kept_before, *changes, *(moment - wish.length for moment in changes)}:
        place = Interval(start, start + wish.length)
        if first <= start <= last and broken.over(place) == _NONE:
            yield Place(node.id, place, booked.over(place))


class _Missing:
    """How much of so many GPUs is not free, summed up over time from now on."""

    def __init__(self, free: Sequence[tuple[datetime, int]], gpus: int) -> None:
        self.moments = [moment for moment, _ in free]
        self._lack = [max(gpus - n, 0) for _, n in free]
        self._sums = [_NONE]
        for (one, next_), lack in zip(pairwise(self.moments), self._lack, strict=False):
            self._sums.append(self._sums[-1] + (next_ - one) * lack)

    def over(self, interval: Interval) -> timedelta:
        """Return the GPU time that is missing over an interval."""
        return self._until(interval.end) - self._until(interval.start)

    def _until(self, moment: datetime) -> timedelta:
        at = bisect_right(self.moments, moment) - 1
        return self._sums[at] + (moment - self.moments[at]) * self._lack[at]


def _outages(node: Node) -> Iterator[Taken]:
    for outage in node.outages:
        if not outage.kept:
            yield outage.interval.start, outage.interval.end, outage.gpus


def _pieces(
    free: Sequence[tuple[datetime, int]], within: Interval
) -> Iterator[tuple[datetime, datetime, int]]:
    ends = [*(moment for moment, _ in free[1:]), within.end]
    for (start, n), end in zip(free, ends, strict=True):
        begin, until = max(start, within.start), min(max(end, start), within.end)
        if begin < until:
            yield begin, until, n
