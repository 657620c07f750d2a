"""Durations and times as people write them, read in one place for magics, command line and kernel.

A date is read with dateparser, a length with pytimeparse2; both are imported only when needed, since kernels
and servers import this module at start. What could mean two things is refused, never guessed.
"""

from __future__ import annotations

import os
import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

from maia_hub.core.errors import InvalidInput, Unavailable

DURATIONS = "a number with a unit: 45min, 2h, 1h30m, 1.5h, 3 days"
TIMES = "a time of day, with a day or without: 14:30, tomorrow 9:00, monday 8am, 2027-03-28 10:00, in 2 hours"

_LONGEST = 10 * 366 * 86400
_HAS_UNIT = re.compile(r"[0-9][0-9.]*\s*[a-z]", re.IGNORECASE)
_VAGUE_UNIT = re.compile(r"[0-9]\s*(mo|y)", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![0-9:.\-])(?:(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?\s*(?P<half>[ap]m)?"
    r"|(?P<bare>[0-9]{1,2})\s*(?P<barehalf>[ap]m)|(?P<noon>noon))(?![0-9a-z:+])",
    re.IGNORECASE,
)
_AMBIGUOUS_DATE = re.compile(
    r"(?<![0-9\-])(?:[0-9]{1,2}[/.][0-9]{1,2}(?:[/.][0-9]{2,4})?|[0-9]{1,2}-[0-9]{1,2}-[0-9]{2,4})(?![0-9])"
)
_DAY = re.compile(r"[a-z0-9 \-]+", re.IGNORECASE)
_MONTH = re.compile(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
_YEAR = re.compile(r"[0-9]{4}")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def local_zone() -> tzinfo:
    """Return the time zone of this machine, or the one that the variable TZ names.

    A rule of POSIX in TZ, such as CET-1CEST, is refused: it does not tell when the clocks change.
    """
    try:
        from tzlocal import get_localzone  # noqa: PLC0415 - slow, and not every process needs it
    except ImportError as e:
        raise _not_installed() from e
    try:
        return get_localzone()
    except (LookupError, ValueError, OSError) as e:
        raise InvalidInput(
            "The time zone of this machine is not known.",
            given=os.environ.get("TZ", "")[:60] or None,
            allowed="a name such as Europe/Stockholm",
            advice="Set the variable TZ to such a name.",
        ) from e


def parse_duration(text: str) -> timedelta:
    """Read a length of time such as ``90 min`` or ``1h30m``; raise InvalidInput if it is none."""
    try:
        import pytimeparse2  # noqa: PLC0415 - only where somebody writes a duration
    except ImportError as e:
        raise _not_installed() from e
    plain = " ".join(text.split()).replace(" and ", " ")
    if plain and not _HAS_UNIT.search(plain):
        raise _bad_duration(text, "has no unit")
    if _VAGUE_UNIT.search(plain):
        raise _bad_duration(text, "uses months or years, which have no fixed length")
    seconds = pytimeparse2.parse(plain, raise_exception=False) if plain.isascii() else None
    if not isinstance(seconds, int | float):
        raise _bad_duration(text, "is not a length of time")
    if not 0 < seconds <= _LONGEST:
        raise _bad_duration(
            text, "is not longer than nothing" if seconds <= 0 else "is longer than ten years"
        )
    return timedelta(seconds=seconds)


def parse_time(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """Read a moment such as ``tomorrow 9:00`` or ``in 2 hours`` in ``zone``; return it in UTC.

    ``now`` is aware. A time of day alone means its next occurrence, a weekday the next one after today. A
    time that the clock change skips or repeats is refused with what to write instead.
    """
    try:
        found = _moment(text, " ".join(text.split()), now, zone)
        found + timedelta(seconds=_LONGEST)  # what begins then must be able to end
        return found
    except OverflowError as e:
        raise _bad_time(text, "lies beyond every calendar") from e


def _moment(text: str, plain: str, now: datetime, zone: tzinfo) -> datetime:
    if plain.lower() == "now":
        return now.astimezone(timezone.utc)
    if plain.lower().startswith("in ") and not _CLOCK.search(plain):
        return (now + parse_duration(plain[3:])).astimezone(timezone.utc)
    exact = _iso(plain)
    if exact is not None:
        return exact.astimezone(timezone.utc) if exact.tzinfo else _localise(exact, zone)
    clock, rest = _split(text, plain)
    return _localise(_wall(text, clock, rest, now.astimezone(zone).replace(tzinfo=None)), zone)


def _iso(text: str) -> datetime | None:
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:", text):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"\s*(Z|UTC)\Z", "+00:00", text, flags=re.IGNORECASE))
    except ValueError:
        return None


def _split(given: str, text: str) -> tuple[time, str]:
    """Take the time of day out of ``text``; the rest names the day."""
    found = list(_CLOCK.finditer(text))
    if len(found) != 1:
        raise _bad_time(given, "names no time of day" if not found else "names more than one time of day")
    match = found[0]
    rest = f"{text[: match.start()]} {text[match.end() :]}".replace(",", " ")
    return _clock(given, match), " ".join(word for word in rest.split() if word.lower() not in {"at", "on"})


def _clock(given: str, match: re.Match[str]) -> time:
    if match["noon"]:
        return time(12)
    hour, half = int(match["hour"] or match["bare"]), (match["half"] or match["barehalf"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise _bad_time(given, f"has an hour that {half} does not have")
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(match["minute"] or 0), int(match["second"] or 0))
    except ValueError as e:
        raise _bad_time(given, "has a time of day that no clock shows") from e


def _wall(given: str, clock: time, rest: str, now: datetime) -> datetime:
    """Join the time of day and the day that ``rest`` names, as the clock on the wall shows it."""
    if rest:
        return datetime.combine(_day(given, rest, now), clock)
    today = datetime.combine(now.date(), clock)
    return today if today >= now else today + timedelta(days=1)


def _day(given: str, text: str, now: datetime) -> date:
    if _AMBIGUOUS_DATE.search(text):
        raise _bad_time(given, "has a date that could be day-month or month-day", "Write it as 2027-03-28.")
    name = text.lower().removeprefix("next ").removeprefix("this ")
    for number, weekday in enumerate(_WEEKDAYS):
        if name in {weekday, weekday[:3]}:
            return now.date() + timedelta(days=(number - now.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _date(given, text, now)


def _date(given: str, text: str, now: datetime) -> date:
    try:
        import dateparser  # noqa: PLC0415 - slow to import, and only booking by hand needs it
    except ImportError as e:
        raise _not_installed() from e
    settings: dict[str, Any] = {
        "RELATIVE_BASE": now,
        "PREFER_DATES_FROM": "future",
        "REQUIRE_PARTS": ["day", "month"],
    }
    found = dateparser.parse(text, languages=["en"], settings=settings) if _DAY.fullmatch(text) else None
    if found is None:
        raise _bad_time(given, f"has a day that is not understood: {text[:40]!r}")
    if found.tzinfo is not None:
        raise _bad_time(
            given,
            "names a time zone by letters",
            "Write the offset: 2027-03-28T10:00+01:00, or leave it out.",
        )
    named = _MONTH.search(text) and not _YEAR.search(text)
    if named and (found.month, found.day) == (now.month, now.day):
        return now.date()  # dateparser means next year's by today's name
    return found.date()


def _localise(wall: datetime, zone: tzinfo) -> datetime:
    """Place a wall-clock time in ``zone``; refuse one that a clock change skips or repeats."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(timezone.utc)
    if first.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None) != wall:
        raise _bad_wall(
            wall, zone, "is skipped: the clocks go forward over it", "Choose a time an hour later."
        )
    pair = " or ".join(moment.isoformat(timespec="minutes") for moment in (first, second))
    raise _bad_wall(wall, zone, "happens twice: the clocks go back over it", f"Say which one: {pair}.")


def _bad_wall(wall: datetime, zone: tzinfo, reason: str, advice: str) -> InvalidInput:
    shown = wall.isoformat(sep=" ", timespec="minutes")
    return InvalidInput(f"{shown} in {zone} {reason}.", given=shown, allowed=TIMES, advice=advice)


def _bad_duration(given: str, reason: str) -> InvalidInput:
    shown, advice = given[:60], f"Write {DURATIONS}."
    return InvalidInput(f"{shown!r} {reason}.", given=shown, allowed=DURATIONS, advice=advice)


def _bad_time(given: str, reason: str, advice: str | None = None) -> InvalidInput:
    shown, advice = given[:60], advice or f"Write {TIMES}."
    return InvalidInput(f"{shown!r} {reason}.", given=shown, allowed=TIMES, advice=advice)


def _not_installed() -> Unavailable:
    return Unavailable(
        "Reading times needs packages that are not installed here.", advice="Run: pip install 'maia-hub[lab]'"
    )


def tell_duration(length: timedelta) -> str:
    """Say a length in its two largest units: ``2 days 3 h``, ``1 h 30 min``, ``45 s``."""
    seconds = max(0, round(length.total_seconds()))
    parts = []
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append("1 day" if (count, unit) == (1, "days") else f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def tell_time(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Say a moment in ``zone`` as briefly as is clear: ``today 16:00``, ``Wed 25 Nov 09:00``."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    named = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((local.date() - today).days)
    if named:
        return f"{named} {clock}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {clock}"
