"""GPU-hours within calendar weeks and months, exact over every change of the clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.budgets import Budget, Kind, period
from maia_hub.core.interval import UTC, Interval
from tests.core.people import DAY, HOUR, T0, span

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEIRUT = ZoneInfo("Asia/Beirut")  # where the clocks are changed at midnight

kinds = st.sampled_from(("week", "month"))
zones = st.sampled_from((UTC, STOCKHOLM, BEIRUT, ZoneInfo("Pacific/Kiritimati")))
moments = st.integers(0, 8000 * 365 * 24).map(lambda hours: datetime(1971, 1, 1, tzinfo=UTC) + hours * HOUR)
spans = st.tuples(st.integers(-900, 900), st.integers(1, 400)).map(lambda s: span(s[0], s[0] + s[1]))
taken = st.lists(st.tuples(spans, st.integers(1, 3)), max_size=6)


def test_a_week_begins_on_monday_at_midnight_in_the_zone() -> None:
    summer = datetime(2026, 3, 29, 12, tzinfo=STOCKHOLM)
    found = period("week", summer, STOCKHOLM)
    assert found.start == datetime(2026, 3, 22, 23, tzinfo=UTC)
    assert found.duration == 167 * HOUR
    assert period("week", found.end, STOCKHOLM).start == found.end


def test_a_month_begins_on_its_first_day_at_midnight_in_the_zone() -> None:
    found = period("month", datetime(2026, 2, 28, 23, 30, tzinfo=UTC), STOCKHOLM)
    assert found == Interval(datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC))


@given(kinds, moments, zones)
def test_periods_follow_each_other_without_gaps(kind: Kind, moment: datetime, zone: ZoneInfo) -> None:
    found = period(kind, moment, zone)
    assert found.contains(moment)
    assert period(kind, found.end, zone).start == found.end
    assert period(kind, found.end - timedelta.resolution, zone) == found


@given(kinds, zones, taken, st.integers(1, 900), st.integers(0, 500), st.integers(1, 500), st.integers(1, 3))
def test_what_is_allowed_exceeds_the_limit_in_no_period_counted_hour_by_hour(
    kind: Kind,
    zone: ZoneInfo,
    others: list[tuple[Interval, int]],
    limit: int,
    start: int,
    length: int,
    gpus: int,
) -> None:
    asked = span(start, start + length)
    sums: dict[Interval, int] = {}
    for interval, n in [*others, (asked, gpus)]:
        at = interval.start
        while at < interval.end:
            found = period(kind, at, zone)
            sums[found] = sums.get(found, 0) + n
            at += HOUR
    touched = {found: took for found, took in sums.items() if found.overlaps(asked)}
    budget = Budget(kind, zone, others, limit)
    assert budget.allows(asked, gpus) == (max(touched.values()) <= limit)
    assert budget.worst(asked, gpus).hours == pytest.approx(max(touched.values()))


@given(kinds, zones, taken, st.integers(1, 900), st.integers(0, 500), st.integers(1, 500), st.integers(1, 3))
def test_the_earliest_start_is_allowed_and_no_full_hour_before_it_is(
    kind: Kind,
    zone: ZoneInfo,
    others: list[tuple[Interval, int]],
    limit: int,
    start: int,
    length: int,
    gpus: int,
) -> None:
    budget = Budget(kind, zone, others, limit)
    found = budget.earliest(span(start, start + length), gpus)
    if found is not None:
        assert budget.allows(Interval(found, found + length * HOUR), gpus)
    last = 24 * 90 if found is None else int((found - T0) / HOUR)
    for hour in range(start, last + (found is None or T0 + last * HOUR < found)):
        assert not budget.allows(span(hour, hour + length), gpus)


@given(kinds, zones, taken, st.integers(1, 900), st.integers(0, 500), st.integers(1, 3))
def test_no_end_is_later_than_the_latest(
    kind: Kind, zone: ZoneInfo, others: list[tuple[Interval, int]], limit: int, start: int, gpus: int
) -> None:
    budget, begin = Budget(kind, zone, others, limit), T0 + start * HOUR
    found = budget.latest(begin, gpus)
    if found is None:
        assert budget.allows(Interval(begin, begin + 200 * DAY), gpus)
        return
    assert found == begin or budget.allows(Interval(begin, found), gpus)
    assert not budget.allows(Interval(begin, found + HOUR), gpus)


def test_a_limit_that_no_period_can_reach_forbids_nothing() -> None:
    assert Budget("week", UTC, [], 170.0).earliest(span(0, 500), 1) == T0


@pytest.mark.parametrize("year", [1, 9999])
def test_times_beyond_every_calendar_break_nothing(year: int) -> None:
    far = Interval(datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC))
    budget = Budget("week", STOCKHOLM, [(far, 2)], 1)
    assert isinstance(budget.allows(far, 1), bool)
    budget.earliest(far, 1)
    budget.latest(far.start, 1)
    assert budget.held(T0) == 0
