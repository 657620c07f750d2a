"""Bookings that repeat keep the time of day, whatever the clocks do."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.interval import Interval
from maia_hub.core.series import Occurrence, occurrences, wall_time

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = st.sampled_from(
    [
        "Europe/Stockholm",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Kolkata",
        "UTC",
    ]
).map(ZoneInfo)
MOMENTS = st.integers(0, 15 * 366 * 24 * 4).map(
    lambda n: datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=15 * n)
)
LENGTHS = st.integers(1, 3 * 24 * 12).map(lambda n: timedelta(minutes=5 * n))


def weekly(first: Interval, zone: ZoneInfo, weeks: int) -> list[Occurrence]:
    start = wall_time(first.start, zone)
    return occurrences(first, [start + timedelta(weeks=n) for n in range(weeks)], zone)


def at(day: str, clock: str, zone: ZoneInfo = STOCKHOLM) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)


@given(start=MOMENTS, length=LENGTHS, zone=ZONES)
def test_every_date_shows_the_same_times_or_says_why_not(
    start: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    first = Interval(start, start + length)
    shown = wall_time(first.start, zone).time(), wall_time(first.end, zone).time()
    for each in weekly(first, zone, 60):
        kept = tuple(wall_time(moment, zone).time() for moment in (each.interval.start, each.interval.end))
        assert kept == shown or each.said
        assert each.interval.duration == length or each.said
        assert abs(each.interval.duration - length) <= timedelta(hours=2)  # one change each


@given(start=MOMENTS, length=LENGTHS, zone=ZONES)
def test_what_is_said_is_of_a_day_near_a_change_of_the_clocks(
    start: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    around = timedelta(hours=2)
    for each in weekly(Interval(start, start + length), zone, 60)[1:]:
        begin, end = each.interval.start - around, each.interval.end + around
        changes = begin.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset()
        told_of_length = each.said.startswith("It lasts")
        assert not each.said or changes or told_of_length


def test_one_oclock_stays_one_oclock_over_both_changes() -> None:
    first = Interval(at("2026-03-17", "13:00"), at("2026-03-17", "17:00"))
    found = weekly(first, STOCKHOLM, 40)
    assert {each.interval.start.astimezone(STOCKHOLM).hour for each in found} == {13}
    assert {each.interval.start.hour for each in found} == {11, 12}  # in UTC
    assert [each.said for each in found] == [""] * 40


def test_a_skipped_hour_is_taken_after_the_gap_and_said() -> None:
    first = Interval(at("2026-03-22", "02:30"), at("2026-03-22", "04:00"))
    _, skipped = weekly(first, STOCKHOLM, 2)
    assert skipped.interval == Interval(at("2026-03-29", "03:30"), at("2026-03-29", "04:00"))
    assert "02:30 is skipped" in skipped.said
    assert "03:30 is taken" in skipped.said


def test_an_end_that_would_come_before_a_moved_start_keeps_the_length() -> None:
    first = Interval(at("2026-03-22", "02:45"), at("2026-03-22", "03:15"))
    _, skipped = weekly(first, STOCKHOLM, 2)
    assert skipped.interval == Interval(at("2026-03-29", "03:45"), at("2026-03-29", "04:15"))


def test_of_an_hour_that_comes_twice_the_first_is_taken_and_said() -> None:
    first = Interval(at("2026-10-18", "02:30"), at("2026-10-18", "05:00"))
    _, twice = weekly(first, STOCKHOLM, 2)
    assert twice.interval.start == datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    assert "comes twice" in twice.said


def test_a_night_that_the_clocks_shorten_is_said_to_be_shorter() -> None:
    first = Interval(at("2026-03-21", "22:00"), at("2026-03-22", "06:00"))
    _, short = weekly(first, STOCKHOLM, 2)
    assert short.interval.duration == timedelta(hours=7)
    assert short.said.startswith("It lasts 7 h instead of 8 h")
