"""GPU-hours within any seven days: the arithmetic behind the weekly limit.

The window is rolling: *every* stretch of exactly seven days that touches the new booking counts, whatever day or
hour it begins. In it count the hours over which the user's bookings occupied GPUs or will occupy them, so what
was released early or cancelled is given back. All is exact: whole microseconds, and fractions in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil

from maia_hub.core.interval import Interval
from maia_hub.core.ticks import TICK, moment_of, ticks

WEEK = timedelta(days=7)
_W = WEEK // TICK
_HOUR = timedelta(hours=1) // TICK
_Taken = tuple[int, int, int]
"""(start, end, GPUs), the moments in ticks."""


class FairShare:
    """What a user's other bookings take, and what room a limit of GPU-hours a week leaves beside them."""

    def __init__(self, others: Iterable[tuple[Interval, int]], limit: float) -> None:
        """``others`` are (interval, GPUs); ``limit`` is in GPU-hours."""
        self._taken = [(ticks(i.start), ticks(i.end), gpus) for i, gpus in others]
        self._limit = round(limit * _HOUR)

    def allows(self, interval: Interval, gpus: int) -> bool:
        """Tell whether no window exceeds the limit with this booking added."""
        return self._worst(interval, gpus) <= self._limit

    def hours(self, interval: Interval, gpus: int) -> float:
        """Return the GPU-hours in the fullest window that touches ``interval``, this booking included."""
        return self._worst(interval, gpus) / _HOUR

    def earliest(self, interval: Interval, gpus: int) -> datetime | None:
        """Return the earliest start, not before the interval's, at which the same length is allowed."""
        start, length = ticks(interval.start), interval.duration // TICK
        if gpus * min(length, _W) > self._limit:
            return None
        for low, high in sorted(self._forbidden(self._since(start - _W), length, gpus)):
            if low < start < high:
                start = ceil(high)
        return moment_of(start)

    def _worst(self, interval: Interval, gpus: int) -> int:
        """Look at every window at which the sum can turn: where a booking enters or leaves it."""
        start, end = ticks(interval.start), ticks(interval.end)
        near = self._since(start - _W)
        turns = {start - _W, start, end - _W, end, *_turns(near)}
        return max(_held(near, t) + gpus * _common(start, end, t) for t in turns if start - _W <= t <= end)

    def _since(self, moment: int) -> list[_Taken]:
        """Return what reaches beyond ``moment``: of years of bookings only these can share a window."""
        return [taken for taken in self._taken if taken[1] > moment]

    def _forbidden(self, near: list[_Taken], length: int, gpus: int) -> Iterator[tuple[Fraction, Fraction]]:
        """Yield open ranges of starts at which some window would exceed the limit.

        A window that begins at t leaves room for an overlap of a(t) = (limit - held) / gpus, so it forbids the
        starts between t - length + a and t + week - a. Between two turns all of this is linear in t, and the
        ranges of neighbouring windows overlap: their union spans from the least to the greatest end.
        """
        full = self._limit - gpus * min(length, _W)
        for left, right in pairwise(_turns(near)):
            held = _held(near, left), _held(near, right)
            if max(held) <= full:
                continue
            points = [p for p in _points(left, right, held, (full, self._limit)) if p[1] >= full]
            rooms = [(t, max(Fraction(0), (self._limit - h) / gpus)) for t, h in points]
            yield min(t - length + room for t, room in rooms), max(t + _W - room for t, room in rooms)


def _turns(taken: list[_Taken]) -> list[int]:
    """Return the beginnings of the windows that a booking enters or leaves."""
    edges = {edge for start, end, _ in taken for edge in (start, end)}
    return sorted(edges | {edge - _W for edge in edges})


def _held(taken: list[_Taken], window: int) -> int:
    return sum(gpus * _common(start, end, window) for start, end, gpus in taken)


def _points(
    left: int, right: int, held: tuple[int, int], levels: tuple[int, ...]
) -> list[tuple[Fraction, Fraction]]:
    """Return (t, held) at both ends of a linear piece, and where it crosses one of ``levels``."""
    points = [(Fraction(left), Fraction(held[0])), (Fraction(right), Fraction(held[1]))]
    for level in levels:
        if min(held) < level < max(held):
            share = Fraction(level - held[0], held[1] - held[0])
            points.append((left + share * (right - left), Fraction(level)))
    return points


def _common(start: int, end: int, window: int) -> int:
    return max(0, min(end, window + _W) - max(start, window))
