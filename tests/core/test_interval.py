"""Intervals are half-open, in UTC, and never empty."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.errors import InvalidInput
from maia_hub.core.interval import UTC, Interval, in_words

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
STOCKHOLM = ZoneInfo("Europe/Stockholm")

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3)).map(lambda m: m.replace(tzinfo=UTC))  # noqa: DTZ001
intervals = st.tuples(moments, moments).filter(lambda m: m[0] < m[1]).map(lambda m: Interval(*m))


def test_the_start_belongs_to_it_and_the_end_does_not() -> None:
    interval = Interval(T0, T0 + HOUR)
    assert interval.contains(T0)
    assert not interval.contains(T0 + HOUR)


def test_intervals_that_only_touch_do_not_overlap() -> None:
    assert not Interval(T0, T0 + HOUR).overlaps(Interval(T0 + HOUR, T0 + 2 * HOUR))


@pytest.mark.parametrize("length", [timedelta(0), -HOUR])
def test_an_end_that_is_not_after_the_start_is_refused(length: timedelta) -> None:
    with pytest.raises(InvalidInput, match="end must come after the start"):
        Interval(T0, T0 + length)


@pytest.mark.parametrize("naive", [(True, False), (False, True)])
def test_a_time_without_a_zone_is_refused(naive: tuple[bool, bool]) -> None:
    start, end = (
        m.replace(tzinfo=None) if bare else m for m, bare in zip((T0, T0 + HOUR), naive, strict=True)
    )
    with pytest.raises(InvalidInput, match="no time zone"):
        Interval(start, end)


def test_other_time_zones_become_utc() -> None:
    interval = Interval(datetime(2026, 3, 2, 10, tzinfo=STOCKHOLM), T0 + HOUR)
    assert interval.start == T0
    assert interval.start.tzinfo is timezone.utc


def test_a_moment_in_words_is_told_in_utc() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Europe/Stockholm"))
    assert in_words(noon) == "2026-03-02 11:00 UTC"


def test_the_night_the_clocks_go_forward_is_an_hour_shorter() -> None:
    night = Interval(datetime(2026, 3, 29, 0, tzinfo=STOCKHOLM), datetime(2026, 3, 29, 6, tzinfo=STOCKHOLM))
    assert night.duration == 5 * HOUR


def test_the_two_hours_of_the_same_name_in_autumn_are_told_apart() -> None:
    twice = Interval(
        datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM, fold=0),
        datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM, fold=1),
    )
    assert twice.duration == HOUR


@given(intervals, intervals)
def test_what_two_share_is_theirs_alike_and_exists_exactly_if_they_overlap(a: Interval, b: Interval) -> None:
    common = a.intersection(b)
    assert common == b.intersection(a)
    assert (common is not None) == a.overlaps(b)


@given(intervals, intervals, moments)
def test_a_moment_lies_in_what_two_share_exactly_if_it_lies_in_both(
    a: Interval, b: Interval, moment: datetime
) -> None:
    common = a.intersection(b)
    assert (common is not None and common.contains(moment)) == (a.contains(moment) and b.contains(moment))
