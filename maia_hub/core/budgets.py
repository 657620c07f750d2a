"""GPU-hours within calendar weeks and months: the arithmetic behind a project's quotas.

A week begins Monday, 0:00 in a time zone, a month on its first day: over a change to summer time a week has 167 hours.
All is exact: whole microseconds, and fractions in between.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Literal

from maia_hub.core.interval import UTC, Interval
from maia_hub.core.ticks import TICK, moment_of, ticks

Kind = Literal["week", "month"]
_HOUR = timedelta(hours=1) // TICK
_FARTHEST = timedelta(days=400)
"""How far into a booking is looked: longer ones are not made where anybody counts hours."""
_FREE: dict[Kind, int] = {"week": 60, "month": 14}
"""So many periods without any booking look alike: what finds no place there finds none later."""
_MOST = 600
"""Periods that are looked at in all; no calendar of bookings reaches as far."""
_BEGIN, _END = datetime(1970, 1, 2, tzinfo=UTC), datetime(9990, 1, 1, tzinfo=UTC)
"""Times that are far outside belong to the first or the last period: with them no calendar could reckon."""


def period(kind: Kind, moment: datetime, zone: tzinfo) -> Interval:
    """Return the calendar week or month that a moment belongs to."""
    return _period_of_day(kind, min(max(moment, _BEGIN), _END).astimezone(zone).date(), zone)


@lru_cache(maxsize=10_000)
def _period_of_day(kind: Kind, day: date, zone: tzinfo) -> Interval:
    first = day - timedelta(days=day.weekday()) if kind == "week" else day.replace(day=1)
    last = first + timedelta(days=7 if kind == "week" else 31)
    return Interval(_midnight(first, zone), _midnight(last if kind == "week" else last.replace(day=1), zone))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _periods(kind: Kind, start: datetime, zone: tzinfo) -> Iterator[Interval]:
    for _ in range(_MOST):
        found = period(kind, start, zone)
        yield found
        start = found.end


@dataclass(frozen=True, slots=True)
class Fill:
    """How many GPU-hours are taken within a period."""

    period: Interval
    hours: float


class Budget:
    """What other bookings take, and what room a limit of GPU-hours in each week or month leaves beside them."""

    def __init__(
        self, kind: Kind, zone: tzinfo, others: Iterable[tuple[Interval, int]], limit: float
    ) -> None:
        """``others`` are (interval, GPUs); ``limit`` is in GPU-hours."""
        self._kind: Kind = kind
        self._zone = zone
        self._limit = round(limit * _HOUR)
        taken = [(ticks(i.start), ticks(i.end), gpus) for i, gpus in others]
        self._last = max((end for _, end, _ in taken), default=ticks(_BEGIN))
        self._held = self._by_period(taken) if taken else {}

    def _by_period(self, taken: list[tuple[int, int, int]]) -> dict[int, int]:
        """Return what is taken of each period, by its beginning."""
        edges: list[int] = []
        for each in _periods(self._kind, moment_of(min(start for start, _, _ in taken)), self._zone):
            edges.append(ticks(each.start))
            if edges[-1] >= self._last:
                break
        held = dict.fromkeys(edges, 0)
        for start, end, gpus in taken:
            for i in range(bisect_right(edges, start) - 1, bisect_left(edges, end)):
                if 0 <= i < len(edges) - 1:
                    held[edges[i]] += gpus * max(0, min(end, edges[i + 1]) - max(start, edges[i]))
        return held

    def allows(self, interval: Interval, gpus: int) -> bool:
        """Tell whether no period that the booking touches exceeds the limit with it."""
        return all(took <= self._limit for _, took in self._with(interval, gpus))

    def worst(self, interval: Interval, gpus: int) -> Fill:
        """Return the fullest period that the booking touches, with it."""
        found, took = max(self._with(interval, gpus), key=lambda each: (each[1], -ticks(each[0].start)))
        return Fill(found, took / _HOUR)

    def held(self, moment: datetime) -> float:
        """Return the GPU-hours that are taken within the period of a moment."""
        return self._held_in(period(self._kind, moment, self._zone)) / _HOUR

    def earliest(self, interval: Interval, gpus: int) -> datetime | None:
        """Return the earliest start, not before the interval's, at which the same length is allowed; None if never."""
        start, length = ticks(interval.start), interval.duration // TICK
        searched = start
        forbidden = []
        for each in self._ahead(interval.start):
            forbidden.append(self._forbidden(each, length, gpus))
            searched = ticks(each.end)
        for low, high in sorted(filter(None, forbidden)):
            if low < start < high:
                start = ceil(high)
        return moment_of(start) if start + length <= searched else None

    def latest(self, start: datetime, gpus: int) -> datetime | None:
        """Return the latest end that a booking from ``start`` on can have; None if nothing limits it."""
        for each in self._ahead(start):
            since = max(ticks(each.start), ticks(start))
            room = max(0, self._limit - self._held_in(each)) // gpus
            if since + room < ticks(each.end):
                return moment_of(since + room)
        return None

    def _ahead(self, start: datetime) -> Iterator[Interval]:
        """Yield the periods from that of ``start`` on, until so many have no booking that the rest looks like them."""
        last, free = max(ticks(start), self._last), _FREE[self._kind]
        for each in _periods(self._kind, start, self._zone):
            yield each
            free -= ticks(each.start) > last
            if free < 0:
                return

    def _forbidden(self, each: Interval, length: int, gpus: int) -> tuple[Fraction, Fraction] | None:
        """Return the open range of starts at which a booking would take too much of a period; None if there is none."""
        room = max(Fraction(0), Fraction(self._limit - self._held_in(each), gpus))
        if room >= min(length, each.duration // TICK):
            return None
        low, high = ticks(each.start) - length + room, ticks(each.end) - room
        return (low, high) if low < high else None

    def _with(self, interval: Interval, gpus: int) -> Iterator[tuple[Interval, int]]:
        start, end = ticks(interval.start), ticks(interval.end)
        end = min(end, start + _FARTHEST // TICK)
        for each in _periods(self._kind, interval.start, self._zone):
            if ticks(each.start) >= end:
                return
            yield each, self._held_in(each) + gpus * _common(start, end, each)

    def _held_in(self, each: Interval) -> int:
        return self._held.get(ticks(each.start), 0)


def _common(start: int, end: int, each: Interval) -> int:
    return max(0, min(end, ticks(each.end)) - max(start, ticks(each.start)))
