"""A booking that nobody uses: warned of first, released later, and never for what its owner cannot help."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.attendance import Due, attendance
from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.ids import NodeId, PoolId, UserName, new_booking_id
from maia_hub.core.interval import UTC, Interval
from maia_hub.core.policy import Policy

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = Policy(name="p", no_show_after=timedelta(minutes=30), no_show_warning=timedelta(minutes=10))
BOOKING = Booking(
    id=new_booking_id(),
    user=UserName("ada"),
    pool=PoolId("a6000"),
    node=NodeId("n"),
    gpus=1,
    interval=Interval(NOON, NOON + timedelta(hours=4)),
    state=BookingState.CONFIRMED,
    created=NOON,
)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minute", "warned", "expected"),
    [
        (0, None, Due("wait", at(20))),
        (20, None, Due("warn", at(30))),
        (25, None, Due("warn", at(35))),
        (25, 20, Due("wait", at(30))),
        (30, 20, Due("release")),
        (200, None, Due("warn", at(210))),  # the service was down: it warns first, and in full
        (205, 200, Due("wait", at(210))),
        (231, None, Due("warn", at(241))),
        (231, 231, Due("wait")),  # it ends sooner anyway
    ],
)
def test_a_warning_comes_before_a_release(minute: float, warned: float | None, expected: Due) -> None:
    told = None if warned is None else at(warned)
    assert attendance(BOOKING, POLICY, at(minute), told) == expected


def test_without_a_limit_or_once_used_nothing_happens() -> None:
    assert attendance(BOOKING, Policy(name="none"), at(200), None) == Due("wait")
    used = replace(BOOKING, state=BookingState.ACTIVE, first_used=NOON)
    assert attendance(used, POLICY, at(200), at(20)) == Due("wait")


@given(
    st.integers(0, 239), st.integers(1, 300), st.integers(0, 300), st.lists(st.integers(1, 60), min_size=1)
)
def test_whoever_is_released_was_warned_as_long_before_as_the_policy_says(
    first: int, after: int, warning: int, steps: list[int]
) -> None:
    policy = Policy(
        name="p", no_show_after=timedelta(minutes=after), no_show_warning=timedelta(minutes=warning)
    )
    minute, warned = first, None
    for step in steps:
        due = attendance(BOOKING, policy, at(minute), warned)
        if due.step == "warn":
            warned = at(minute)
        if due.step == "release":
            assert at(minute) >= at(after)
            assert not warning or (warned is not None and at(minute) >= warned + timedelta(minutes=warning))
            return
        minute += step
