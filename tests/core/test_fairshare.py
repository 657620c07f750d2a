"""GPU-hours within any seven days."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.fairshare import FairShare
from maia_hub.core.interval import Interval
from tests.core.people import DAY, HOUR, T0, span

Taken = list[tuple[Interval, int]]
WEEK_HOURS = 7 * 24

spans = st.tuples(st.integers(-300, 300), st.integers(1, 120)).map(lambda s: span(s[0], s[0] + s[1]))
taken = st.lists(st.tuples(spans, st.integers(1, 4)), max_size=5)


def worst_by_the_hour(others: Taken, interval: Interval, gpus: int) -> float:
    """Try every window that begins on the hour: with whole hours the fullest is among them."""
    first = int((interval.start - T0) / HOUR) - WEEK_HOURS
    windows = [span(t, t + WEEK_HOURS) for t in range(first, int((interval.end - T0) / HOUR) + 1)]
    return max(sum(_hours(i, w) * g for i, g in [*others, (interval, gpus)]) for w in windows)


def _hours(interval: Interval, window: Interval) -> float:
    common = interval.intersection(window)
    return common.duration / HOUR if common else 0.0


def test_the_limit_itself_is_allowed_and_a_moment_more_is_not() -> None:
    share = FairShare([(span(0, 10), 2)], limit=30)
    assert share.allows(span(20, 30), 1)
    assert not share.allows(span(20, 30.001), 1)


def test_hours_are_counted_over_all_seven_days_not_in_calendar_weeks() -> None:
    share = FairShare([(span(0, 10), 1)], limit=10)
    assert share.earliest(span(12, 13), 1) == T0 + 7 * DAY
    assert share.hours(span(12, 13), 1) == 11


def test_planned_hours_after_the_booking_count_too() -> None:
    share = FairShare([(span(48, 58), 1)], limit=10)
    assert not share.allows(span(0, 1), 1)


def test_a_long_booking_counts_with_seven_days_of_itself() -> None:
    assert FairShare([], limit=168).allows(span(0, 14 * 24), 1)
    assert not FairShare([], limit=168).allows(span(0, 14 * 24), 2)


def test_no_start_helps_a_booking_that_is_too_much_by_itself() -> None:
    assert FairShare([], limit=9).earliest(span(0, 10), 1) is None


@given(taken, spans, st.integers(1, 4))
def test_the_fullest_window_is_found(others: Taken, interval: Interval, gpus: int) -> None:
    assert FairShare(others, 1).hours(interval, gpus) == worst_by_the_hour(others, interval, gpus)


@given(taken, spans, st.integers(1, 4), st.integers(1, 400))
def test_the_earliest_start_passes_and_none_before_it_does(
    others: Taken, interval: Interval, gpus: int, limit: int
) -> None:
    share = FairShare(others, limit)
    earliest = share.earliest(interval, gpus)
    if earliest is None:
        assert gpus * min(interval.duration / HOUR, WEEK_HOURS) > limit
        return
    assert share.allows(Interval(earliest, earliest + interval.duration), gpus)
    for hour in range(int((earliest - interval.start) / HOUR)):
        start = interval.start + hour * HOUR
        assert not share.allows(Interval(start, start + interval.duration), gpus)


def test_years_of_bookings_that_are_over_change_neither_the_answer_nor_its_price() -> None:
    recent = [(span(-30, -10), 2), (span(20, 40), 1)]
    years = [(span(-9 * n - 8, -9 * n), 1) for n in range(19, 20_000)]
    with_years, without = FairShare([*years, *recent], 60), FairShare(recent, 60)
    asked = span(0, 30)
    assert not with_years.allows(asked, 1)
    assert with_years.hours(asked, 1) == without.hours(asked, 1)
    assert with_years.earliest(asked, 1) == without.earliest(asked, 1)
