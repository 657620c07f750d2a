"""GPU-hours come from bookings and leases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from maia_hub.core.accounting import Account, account
from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.ids import (
    DEFAULT_PROJECT,
    DEFAULT_SERVER,
    GpuId,
    NodeId,
    PoolId,
    UserName,
    new_booking_id,
    new_lease_id,
)
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind, Lease

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
ALICE = UserName("alice")
DAY = Interval(T0, T0 + 24 * HOUR)
BOOKING = Booking(
    id=new_booking_id(),
    user=ALICE,
    pool=PoolId("p"),
    node=NodeId("n"),
    gpus=2,
    interval=Interval(T0, T0 + 4 * HOUR),
    state=BookingState.ACTIVE,
    created=T0,
)
LEASE = Lease(
    id=new_lease_id(),
    kind=GrantKind.BOOKED,
    user=ALICE,
    server=DEFAULT_SERVER,
    pool=PoolId("p"),
    node=NodeId("n"),
    gpus=(GpuId("a"), GpuId("b")),
    since=T0 + HOUR,
    until=T0 + 4 * HOUR,
    booking=BOOKING.id,
    released=T0 + 3 * HOUR,
)


def test_booked_hours_that_no_lease_held_are_idle() -> None:
    assert account([BOOKING], [LEASE], DAY, T0 + 9 * HOUR) == [Account(ALICE, DEFAULT_PROJECT, 8.0, 4.0, 4.0)]


def test_an_early_release_gives_the_hours_back() -> None:
    released = advance(BOOKING, BookingEvent.RELEASE, T0 + 3 * HOUR)
    assert account([released], [LEASE], DAY, T0 + 9 * HOUR)[0].booked == 6.0


def test_what_has_not_happened_yet_is_not_counted() -> None:
    assert account([BOOKING], [replace(LEASE, released=None)], DAY, T0 + 2 * HOUR) == [
        Account(ALICE, DEFAULT_PROJECT, 4.0, 2.0, 2.0)
    ]


def test_borrowed_hours_are_used_but_never_idle() -> None:
    borrowed = replace(LEASE, kind=GrantKind.OPPORTUNISTIC, booking=None)
    assert account([], [borrowed], DAY, T0 + 9 * HOUR) == [Account(ALICE, DEFAULT_PROJECT, 0.0, 4.0, 0.0)]


def test_a_booking_cancelled_before_it_began_costs_nothing() -> None:
    cancelled = advance(replace(BOOKING, state=BookingState.CONFIRMED), BookingEvent.CANCEL, T0 - HOUR)
    assert account([cancelled], [], DAY, T0 + 9 * HOUR) == []
