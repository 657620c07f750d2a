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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval
from maia_hub.core.room import Room, beginnings
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
    wish: Wish, rooms: Iterable[Room], now: datetime, before: tuple[NodeId, datetime] | None = None
) -> Place | None:
    """Return the place to keep for a wish; None if no node can ever have it within its window.

    ``rooms`` are the nodes of the pool. Where outages leave too few GPUs is no place. ``before`` is the node and the
    beginning of the place that it has had.
    """
    places = [place for room in rooms for place in _places(wish, room, now, before)]
    return min(places, key=lambda each: _worse(each, now, before), default=None)


def kept(wish: Wish, place: Place, room: Room) -> list[Kept]:
    """Return what is free of a place, as far as the wish needs it: to be kept for it."""
    free = room.free.pieces(place.interval)
    return [(Interval(start, end), min(gpus, wish.gpus)) for start, end, gpus in free if gpus > 0]


def _worse(
    place: Place, now: datetime, before: tuple[NodeId, datetime] | None
) -> tuple[int, float, datetime, str]:
    start = place.interval.start
    if place.missing == _NONE:
        return 0, 0.0, start, place.node
    left = max(start - now, _MOMENT)
    return 1 + ((place.node, start) != before), place.missing / left, start, place.node


def _places(wish: Wish, room: Room, now: datetime, before: tuple[NodeId, datetime] | None) -> Iterator[Place]:
    """Yield a place for each beginning at which what is missing may be least: where something begins or ends."""
    first, last, node = max(wish.window.start, now), wish.latest_start, room.node
    if wish.gpus > node.capacity or first > last:
        return
    starts = {first, last}
    if before is not None and before[0] == node.id and first <= before[1] <= last:
        starts.add(before[1])
    for line in (room.booked, room.broken):
        starts.update(beginnings(line, first, last))
        ends = beginnings(line, first + wish.length, last + wish.length)
        starts.update(end - wish.length for end in ends)
    for start in starts:
        place = Interval(start, start + wish.length)
        if room.broken.missing(wish.gpus, place) == _NONE:
            yield Place(node.id, place, room.booked.missing(wish.gpus, place))
