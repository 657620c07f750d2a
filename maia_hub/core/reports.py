"""Reports: which days, in which time zone, grouped by what, and what the sums are.

Days and months are those of a calendar on a wall: over a change to summer time a day has 23 hours. What is counted is
what `maia_hub.core.accounting` says: booked, used and idle GPU-hours, what runs up to now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from enum import Enum

from maia_hub.core.budgets import period
from maia_hub.core.errors import InvalidInput
from maia_hub.core.interval import Interval

LONGEST = timedelta(days=5 * 366)
_DAY = timedelta(days=1)
_FIRST, _LAST = date(1970, 1, 2), date(9989, 12, 31)


class Group(str, Enum):
    """What the hours of a report are told apart by."""

    USER = "user"
    PROJECT = "project"
    PRODUCT = "product"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Hours:
    """GPU-hours: booked, held by servers, and booked without being held."""

    booked: float
    used: float
    idle: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The hours of one group; what a report is not grouped by is None. ``month`` is written as 2026-03."""

    hours: Hours
    user: str | None = None
    project: str | None = None
    product: str | None = None
    month: str | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """The days from ``first`` to ``last``, both of them included, as the clocks of ``zone`` have them."""

    first: date
    last: date
    zone: tzinfo = timezone.utc

    def __post_init__(self) -> None:
        given = f"{self.first} to {self.last}"
        if self.last < self.first:
            raise InvalidInput(
                "The last day comes before the first.",
                given=given,
                allowed="a last day that is not earlier than the first",
                advice="Exchange the two days.",
            )
        if self.first < _FIRST or self.last > _LAST or self.last - self.first > LONGEST:
            raise InvalidInput(
                "That is too long a time for one report, or too far away.",
                given=given,
                allowed=f"at most {LONGEST.days} days between {_FIRST} and {_LAST}",
                advice="Ask for fewer days.",
            )

    @property
    def interval(self) -> Interval:
        """The time from the beginning of the first day to the end of the last one."""
        return Interval(_midnight(self.first, self.zone), _midnight(self.last + _DAY, self.zone))

    def months(self) -> list[tuple[str, Interval]]:
        """Return the calendar months that these days touch, each cut to them, by its name."""
        whole, found = self.interval, []
        moment = whole.start
        while moment < whole.end:
            month = period("month", moment, self.zone)
            cut = month.intersection(whole)
            if cut is not None:
                found.append((f"{moment.astimezone(self.zone):%Y-%m}", cut))
            moment = month.end
        return found


@dataclass(frozen=True, slots=True)
class Report:
    """The hours of some days, counted up to ``until``."""

    days: Days
    by: tuple[Group, ...]
    until: datetime
    lines: tuple[Line, ...]

    @property
    def total(self) -> Hours:
        """The sum over all lines."""
        return summed([line.hours for line in self.lines])


def days_of(first: date | None, last: date | None, zone: tzinfo, now: datetime) -> Days:
    """Return the days that are meant: without any those of this month and the two before.

    Without a first one they begin with the month of the last one; without a last one they end today.
    """
    if first is None and last is not None:
        first = last.replace(day=1)
    today = now.astimezone(zone).date()
    if first is None:
        first = today.replace(day=1)
        for _ in range(2):
            first = (first - _DAY).replace(day=1)
    return Days(first, last or max(today, first), zone)


def summed(hours: Sequence[Hours]) -> Hours:
    """Return the sum."""
    return Hours(sum(h.booked for h in hours), sum(h.used for h in hours), sum(h.idle for h in hours))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)
