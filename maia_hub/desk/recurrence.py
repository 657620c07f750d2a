"""When something repeats: the RRULE of RFC 5545, read by python-dateutil within bounds that it does not have itself."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from maia_hub.core.errors import InvalidInput
from maia_hub.core.interval import UTC, Interval
from maia_hub.core.series import Occurrence, occurrences, wall_time

MOST = 100
"""Dates of one series: a booking a week for almost two years, or one a day for a term."""
FARTHEST = timedelta(days=366 * 2)
_DAY = r"(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)"
_PARTS = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY",
    "INTERVAL": r"[1-9][0-9]?",
    "BYDAY": rf"{_DAY}(?:,{_DAY})*",
    "BYMONTHDAY": r"-?[0-9]{1,2}(?:,-?[0-9]{1,2})*",
    "WKST": r"MO|SU",
    "COUNT": r"[1-9][0-9]{0,2}",
    "UNTIL": r"[0-9]{8}(?:T[0-9]{6}Z?)?",
}
_ALLOWED = "such as FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20271217 or FREQ=DAILY;COUNT=5"


def dates(first: Interval, rule: str, zone: ZoneInfo, skip: Collection[date] = ()) -> list[Occurrence]:
    """Return every date of a rule that begins with ``first``, but those on the days to skip (days of the zone).

    Raises:
        InvalidInput: the rule cannot be read, has no end, or names no or too many dates.
    """
    parts = _read(rule)
    start = wall_time(first.start, zone)
    walls = [wall for wall in _walls(parts, start, zone, rule) if wall.date() not in skip]
    if not walls:
        raise _bad(rule, "names no date at all", "Let it end later, or skip fewer days.")
    return occurrences(first, walls, zone)


def _walls(parts: dict[str, str], start: datetime, zone: ZoneInfo, rule: str) -> list[datetime]:
    most = int(parts.pop("COUNT", MOST + 1))
    until = parts.pop("UNTIL", "")
    # Counted here and not there: a rule without an end of its own could be searched for ever.
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    try:
        last = min(start + FARTHEST, _until(until, zone)) if until else start + FARTHEST
        found = rrulestr(f"{text};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=start)
        walls = list(islice(iter(found), min(most, MOST + 1)))
    except (ValueError, OverflowError) as e:
        raise _bad(rule, "cannot be read", "Correct it.") from e
    if len(walls) > MOST:
        raise _bad(rule, f"names more than {MOST} dates", "Let it end earlier.")
    return walls


def _read(rule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in rule.strip().upper().removeprefix("RRULE:").split(";"):
        key, _, value = part.partition("=")
        if key in parts or not re.fullmatch(_PARTS.get(key, "(?!)"), value, re.ASCII):
            raise _bad(rule, f"has a part that is not understood: {part[:40]!r}", "Correct it.")
        parts[key] = value
    if "FREQ" not in parts:
        raise _bad(rule, "does not say how often", "Add FREQ.")
    if parts["FREQ"] != "MONTHLY" and re.search("[1-5]", parts.get("BYDAY", "")):
        raise _bad(
            rule, "numbers a weekday, which only a month can", "Leave the number out, or say FREQ=MONTHLY."
        )
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise _bad(rule, "needs one end", "Add UNTIL with a day, or COUNT with a number of times.")
    return parts


def _until(given: str, zone: ZoneInfo) -> datetime:
    """Return the last moment of the wall's clock: a day alone is meant to its end."""
    if len(given) == 8:
        return datetime.combine(datetime.strptime(given, "%Y%m%d").date(), time(23, 59, 59))  # noqa: DTZ007
    wall = datetime.strptime(given.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    return wall_time(wall.replace(tzinfo=UTC), zone) if given.endswith("Z") else wall


def _bad(rule: str, why: str, advice: str) -> InvalidInput:
    return InvalidInput(f"The rule {why}.", given=rule[:200], allowed=_ALLOWED, advice=advice)
