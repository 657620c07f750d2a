"""Rules of recurrence: read as RFC 5545 has them, within bounds."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.core.interval import Interval, zone_called
from maia_hub.desk.recurrence import MOST, dates

ZONE = ZoneInfo("Europe/Stockholm")
TUESDAY = Interval(datetime(2026, 3, 3, 13, tzinfo=ZONE), datetime(2026, 3, 3, 17, tzinfo=ZONE))


def days(rule: str, *skip: str) -> list[str]:
    found = dates(TUESDAY, rule, ZONE, {date.fromisoformat(day) for day in skip})
    return [each.interval.start.astimezone(ZONE).date().isoformat() for each in found]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["2026-03-03", "2026-03-10", "2026-03-17"]),
        ("RRULE:freq=weekly;byday=tu,th;until=20260312", ["2026-03-03", "2026-03-05", "2026-03-10", "2026-03-12"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=2", ["2026-03-03", "2026-03-17"]),
        ("FREQ=DAILY;COUNT=2", ["2026-03-03", "2026-03-04"]),
        ("FREQ=MONTHLY;BYDAY=1TU;COUNT=2", ["2026-03-03", "2026-04-07"]),
        ("FREQ=WEEKLY;UNTIL=20260310T115959Z", ["2026-03-03"]),  # 13:00 there is 12:00 UTC
        ("FREQ=WEEKLY;UNTIL=20260310T120000Z", ["2026-03-03", "2026-03-10"]),
    ],
)  # fmt: skip
def test_a_rule_names_its_dates(rule: str, expected: list[str]) -> None:
    assert days(rule) == expected


def test_days_that_are_skipped_count_among_the_times() -> None:
    assert days("FREQ=WEEKLY;COUNT=3", "2026-03-10", "2026-12-24") == ["2026-03-03", "2026-03-17"]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;COUNT=2;UNTIL=20270101",
        "FREQ=SECONDLY;COUNT=2",
        "FREQ=WEEKLY;BYDAY=1TU;COUNT=2",
        "FREQ=MONTHLY;BYMONTHDAY=99;COUNT=2",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=1MO;COUNT=5",
        "FREQ=WEEKLY;UNTIL=20261399",
        "FREQ=WEEKLY;UNTIL=20200101",
        "FREQ=WEEKLY;COUNT=2;COUNT=3",
        "FREQ=WEEKLY;COUNT=2\nEXDATE:20260303",
        f"FREQ=DAILY;COUNT={MOST + 1}",
        "FREQ=DAILY;UNTIL=20990101",
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_with_what_could_be(rule: str) -> None:
    with pytest.raises(InvalidInput) as told:
        days(rule)
    assert "FREQ=WEEKLY" in str(told.value.allowed)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe", "/etc/localtime", "a\0b"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        zone_called(name)
