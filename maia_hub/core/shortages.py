"""Which bookings a node cannot keep any more, once it has fewer GPUs than were promised on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import Node
from maia_hub.core.interval import Interval

_NO_REASON = "it has fewer GPUs than were booked there"


def endangered(node: Node, bookings: Sequence[Booking], within: Interval) -> list[Booking]:
    """Return the bookings of ``node`` for which its GPUs do not suffice somewhere within the interval, by their start.

    Who uses a GPU keeps it; of the others those keep their place that were made first. The rest fits the node.
    """
    wanted = [(part, b) for b in bookings if b.node == node.id and (part := _part(b, within)) is not None]
    if not _overfull(node, within, wanted):
        return []
    calendar, left = Calendar([node]), []
    for part, booking in sorted(wanted, key=lambda each: _claim(each[1])):
        if calendar.free_on(node.id, part) >= booking.gpus:
            calendar.take(node.id, part, booking.gpus)
        else:
            left.append(booking)
    return sorted(left, key=lambda booking: (booking.interval.start, booking.created))


def why_short(node: Node, interval: Interval) -> str:
    """Return in words why a node lacks GPUs over an interval: the reason of its first outage then."""
    overlapping = [outage for outage in node.outages if outage.interval.overlaps(interval)]
    first = min(overlapping, key=lambda outage: outage.interval.start, default=None)
    return first.reason if first is not None else _NO_REASON


def _part(booking: Booking, within: Interval) -> Interval | None:
    taken = booking.occupied
    return None if taken is None else taken.intersection(within)


def _claim(booking: Booking) -> tuple[bool, datetime, str]:
    return booking.state is BookingState.CONFIRMED, booking.created, str(booking.id)


def _overfull(node: Node, within: Interval, wanted: Iterable[tuple[Interval, Booking]]) -> bool:
    """Tell whether bookings and outages ever take more than there is: that is quick, and nearly always all."""
    changes: list[tuple[datetime, int]] = []
    for part, booking in wanted:
        changes += [(part.start, booking.gpus), (part.end, -booking.gpus)]
    for outage in node.outages:
        gone = outage.interval.intersection(within)
        if gone is not None:
            changes += [(gone.start, outage.gpus), (gone.end, -outage.gpus)]
    taken = 0
    for _, change in sorted(changes):
        taken += change
        if taken > node.capacity:
            return True
    return False
