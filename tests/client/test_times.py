"""Durations and times as people write them."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from subprocess import run
from zoneinfo import ZoneInfo

import pytest

from maia_hub.client.times import parse_duration, parse_time, tell_duration, tell_time
from maia_hub.core.errors import InvalidInput

ROOT = Path(__file__).resolve().parents[2]
STOCKHOLM = ZoneInfo("Europe/Stockholm")
SATURDAY_NOON = datetime(2026, 11, 21, 11, 0, tzinfo=timezone.utc)


def read(text: str, now: datetime = SATURDAY_NOON) -> str:
    at = parse_time(text, now=now, zone=STOCKHOLM)
    assert at.tzinfo is timezone.utc
    return at.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2h", 120),
        ("90 min", 90),
        ("90m", 90),
        ("1h30m", 90),
        ("1.5h", 90),
        ("2 hours and 30 minutes", 150),
        ("3 days", 3 * 24 * 60),
        ("1 day 2h", 26 * 60),
    ],
)
def test_a_duration_is_read(text: str, minutes: int) -> None:
    assert parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text",
    ["", " ", "2", "1:30", "2h foo", "-2h", "0h", "3 months", "1y", "１h", "99999999d", "nan h", "1,5h"],
)
def test_a_duration_that_is_none_or_unclear_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_duration(text)
    assert "2h" in str(caught.value.advice)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-21 11:00"),
        ("13:00", "2026-11-21 12:00"),
        ("11:59", "2026-11-22 10:59"),
        ("tomorrow 9:00", "2026-11-22 08:00"),
        ("9am tomorrow", "2026-11-22 08:00"),
        ("tomorrow at noon", "2026-11-22 11:00"),
        ("day after tomorrow 10:00", "2026-11-23 09:00"),
        ("monday 9:00", "2026-11-23 08:00"),
        ("on Saturday at 13:00", "2026-11-28 12:00"),
        ("next fri 8am", "2026-11-27 07:00"),
        ("25 Nov 9:00", "2026-11-25 08:00"),
        ("Nov 25, 9:00", "2026-11-25 08:00"),
        ("1 January 10:00", "2027-01-01 09:00"),
        ("21 Nov 14:00", "2026-11-21 13:00"),
        ("November 21st, 14:00", "2026-11-21 13:00"),
        ("21 Nov 2027 14:00", "2027-11-21 13:00"),
        ("20 Nov 14:00", "2027-11-20 13:00"),
        ("2026-11-25 9:00", "2026-11-25 08:00"),
        ("2026-11-25T09:00:00Z", "2026-11-25 09:00"),
        ("2026-11-25 09:00+02:00", "2026-11-25 07:00"),
        ("in 90 min", "2026-11-21 12:30"),
        ("in 2 hours", "2026-11-21 13:00"),
        ("12am", "2026-11-21 23:00"),
    ],
)
def test_a_time_is_read_in_the_zone_of_who_wrote_it(text: str, utc: str) -> None:
    assert read(text) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "9",
        "tomorrow",
        "2026-11-25",
        "tomorrow 25:00",
        "9:75",
        "13pm",
        "9:00 10:00",
        "tomorrow 9:00 foo",
        "9999-12-31T23:59:00-12:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31 12:00",
    ],
)
def test_a_time_that_is_none_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert "tomorrow 9:00" in str(caught.value.advice)


@pytest.mark.parametrize("text", ["5/6 10:00", "5.6.2026 10:00", "05-06-2026 10:00"])
def test_a_date_with_two_meanings_is_not_guessed(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert "2027-03-28" in str(caught.value.advice)


@pytest.mark.parametrize("text", ["tomorrow 9:00 EST", "tomorrow 9:00 UTC", "2026-11-25 9:00 CET"])
def test_a_time_zone_by_letters_is_refused_and_never_ignored(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert "+01:00" in str(caught.value.advice)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "CET-1CEST", "UTC+2", ":"])
def test_a_machine_whose_zone_has_no_name_is_told_how_to_give_it_one(zone: str) -> None:
    code = "from maia_hub.client.times import local_zone; from maia_hub.core.errors import InvalidInput\n"
    code += "try: local_zone()\nexcept InvalidInput as e: print(e.given, e.advice)"
    environment = {**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT)}
    said = run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == f"{zone} Set the variable TZ to such a name.\n"


def test_a_date_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read("30 feb 10:00")


def test_a_time_that_the_clock_change_skips_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("2027-03-28 02:30")
    assert "skipped" in caught.value.message


def test_a_time_that_happens_twice_is_refused_and_both_are_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("2027-10-31 02:30")
    assert "2027-10-31T02:30+02:00 or 2027-10-31T02:30+01:00" in str(caught.value.advice)
    assert read("2027-10-31T02:30+02:00") == "2027-10-31 00:30"


def test_hours_ahead_are_real_hours_over_a_clock_change() -> None:
    before = datetime(2027, 3, 28, 0, 30, tzinfo=timezone.utc)
    assert read("in 2 hours", before) == "2027-03-28 02:30"
    assert read("tomorrow 9:00", before) == "2027-03-29 07:00"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (-5, "0 s"), (45, "45 s"), (5400, "1 h 30 min"), (86400, "1 day"), (183600, "2 days 3 h")],
)
def test_a_length_is_told_in_two_units(seconds: int, told: str) -> None:
    assert tell_duration(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(hours=4), "today 16:00"),
        (timedelta(hours=21), "tomorrow 09:00"),
        (timedelta(days=4), "Wed 25 Nov 12:00"),
        (timedelta(days=90), "Fri 19 Feb 2027 12:00"),
        (timedelta(seconds=90), "today 12:01:30"),
    ],
)
def test_a_time_is_told_as_briefly_as_is_clear(ahead: timedelta, told: str) -> None:
    assert tell_time(SATURDAY_NOON + ahead, now=SATURDAY_NOON, zone=STOCKHOLM) == told
