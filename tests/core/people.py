"""Bookings for tests, in hours from a Monday morning."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.ids import NodeId, PoolId, UserName, new_booking_id
from maia_hub.core.interval import Interval

T0 = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ALICE = UserName("alice")
POOL = PoolId("a6000")


def span(start: float, end: float) -> Interval:
    """Return the interval between so many hours after T0."""
    return Interval(T0 + start * HOUR, T0 + end * HOUR)


def booked(start: float, end: float, gpus: int = 1, node: str = "n1") -> Booking:
    """Return a confirmed booking of Alice's, in hours after T0."""
    return Booking(
        id=new_booking_id(),
        user=ALICE,
        pool=POOL,
        node=NodeId(node),
        gpus=gpus,
        interval=span(start, end),
        state=BookingState.CONFIRMED,
        created=T0 - 100 * DAY,
    )
