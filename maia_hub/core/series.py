"""Bookings that repeat: every one of them keeps the time that the clock on the wall shows in one zone.

Where the clocks change, a time may be skipped or come twice. Then one is chosen as RFC 5545 (3.3.5) has it, and said:
a skipped time is reckoned with the offset before the gap, of two times the first is meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from maia_hub.core.ids import DEFAULT_CLUSTER, ClusterId, ProjectId, SeriesId, UserName
from maia_hub.core.interval import UTC, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What bookings have in common that were made as one: ``rule`` is an RRULE of RFC 5545, read in ``zone``."""

    id: SeriesId
    user: UserName
    project: ProjectId
    rule: str
    zone: str
    skip: tuple[date, ...]
    created: datetime
    cluster: ClusterId = DEFAULT_CLUSTER


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series; ``said`` is what a change of the clocks made of it, mostly nothing."""

    interval: Interval
    said: str = ""


def occurrences(first: Interval, walls: Iterable[datetime], zone: tzinfo) -> list[Occurrence]:
    """Return one occurrence for each start in ``walls``, which are naive and read in ``zone``.

    Each begins and ends at the same times of day as ``first``. ``first`` itself is taken as it is.
    """
    start, end = (_wall(at, zone) for at in (first.start, first.end))
    return [
        Occurrence(first) if wall == start else _occurrence(wall, end - start, first.duration, zone)
        for wall in walls
    ]


def wall_time(moment: datetime, zone: tzinfo) -> datetime:
    """Return what the clock on the wall shows at a moment: a naive time."""
    return _wall(moment, zone)


def _occurrence(wall: datetime, length: timedelta, usual: timedelta, zone: tzinfo) -> Occurrence:
    start, start_said = _moment(wall, zone)
    end, end_said = _moment(wall + length, zone)
    if end <= start:  # an end that the clocks go over lies before a start that they moved
        end = start + usual
    interval = Interval(start, end)
    said = [each for each in (start_said, end_said) if each]
    if not said and interval.duration != usual:
        said = [
            f"It lasts {_hours(interval.duration)} instead of {_hours(usual)}: the clocks change meanwhile."
        ]
    return Occurrence(interval, " ".join(said))


def place(wall: datetime, zone: tzinfo) -> datetime:
    """Return the moment of a time on the wall, as a date of a series has it."""
    return _moment(wall, zone)[0]


def _moment(wall: datetime, zone: tzinfo) -> tuple[datetime, str]:
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    shown = _wall(first, zone)
    if shown != wall:
        return (
            first,
            f"{wall:%H:%M} is skipped on that day, for the clocks go forward: {shown:%H:%M} is taken.",
        )
    if first != second:
        return first, f"{wall:%H:%M} comes twice on that day, for the clocks go back: the first one is taken."
    return first, ""


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):g} h"
