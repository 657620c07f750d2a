"""Where a request fits, and when one like it would."""

from __future__ import annotations

from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval
from maia_hub.desk.values import Slot


def from_now(interval: Interval, now: datetime) -> Interval:
    """Return the interval without a part that has passed while the request was on its way."""
    return Interval(max(interval.start, now), interval.end) if interval.end > now else interval


def node_for(
    calendar: Calendar, gpus: int, interval: Interval, moved: Booking | None, now: datetime
) -> NodeId | None:
    """Return where the request fits; a booking that has begun stays, any other stays if it can."""
    if moved is not None:
        if calendar.free_on(moved.node, interval) >= gpus:
            return moved.node
        if moved.interval.start <= now:
            return None
    return calendar.fits(gpus, interval)


def next_slot_of(
    calendar: Calendar, pool: GpuPool, gpus: int, duration: timedelta, after: datetime
) -> Slot | None:
    """Return the earliest free slot at or after ``after``; None if there never is one."""
    found = calendar.next_slot(gpus, duration, after)
    return None if found is None else Slot(pool.id, found[0], gpus, found[1])
