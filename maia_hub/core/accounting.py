"""GPU-hours, from bookings and leases, never from guesses.

*Booked*: the GPUs of a user's bookings over the time they were occupied, less what an early end gave back.
*Used*: the GPUs that leases really held, booked or opportunistic. *Idle*: booked, and held by no lease of
that booking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.leases import Lease

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Account:
    """GPU-hours of one user in one project over a window that has passed."""

    user: UserName
    project: ProjectId
    booked: float
    used: float
    idle: float


def account(
    bookings: Sequence[Booking], leases: Sequence[Lease], window: Interval, now: datetime
) -> list[Account]:
    """Return the GPU-hours of everybody within ``window``, up to ``now``, ordered by user and project."""
    booked: dict[tuple[UserName, ProjectId], float] = {}
    used: dict[tuple[UserName, ProjectId], float] = {}
    under_booking: dict[tuple[UserName, ProjectId], float] = {}
    for booking in bookings:
        if booking.state is not BookingState.REQUESTED:
            hours = _hours(booking.occupied, window, now) * booking.gpus
            _add(booked, (booking.user, booking.project), hours)
    for lease in leases:
        hours = _hours(_held(lease, now), window, now) * len(lease.gpus)
        _add(used, (lease.user, lease.project), hours)
        if lease.booking is not None:
            _add(under_booking, (lease.user, lease.project), hours)
    return [
        Account(*key, booked.get(key, 0.0), used.get(key, 0.0), _idle(booked, under_booking, key))
        for key in sorted(booked.keys() | used.keys())
    ]


def _held(lease: Lease, now: datetime) -> Interval | None:
    end = lease.released or now
    return Interval(lease.since, end) if end > lease.since else None


def _hours(interval: Interval | None, window: Interval, now: datetime) -> float:
    common = interval.intersection(window) if interval else None
    if common is None or common.start >= now:
        return 0.0
    return (min(common.end, now) - common.start) / HOUR


def _idle(
    booked: dict[tuple[UserName, ProjectId], float],
    used: dict[tuple[UserName, ProjectId], float],
    key: tuple[UserName, ProjectId],
) -> float:
    return max(0.0, booked.get(key, 0.0) - used.get(key, 0.0))


def _add(
    sums: dict[tuple[UserName, ProjectId], float], key: tuple[UserName, ProjectId], hours: float
) -> None:
    if hours > 0:
        sums[key] = sums.get(key, 0.0) + hours
