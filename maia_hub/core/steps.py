"""A number that changes at moments of time: the GPUs taken on one node."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime

from maia_hub.core.interval import UTC

DAWN = datetime.min.replace(tzinfo=UTC)
DUSK = datetime.max.replace(tzinfo=UTC)


class Steps:
    """A step function over all time, 0 at first: ``values[i]`` holds over [times[i], times[i + 1]).

    Neighbouring steps always differ, so its size is the number of real changes, whatever came and went.
    """

    __slots__ = ("times", "values")

    def __init__(self) -> None:
        self.times: list[datetime] = [DAWN]
        self.values: list[int] = [0]

    def add(self, start: datetime, end: datetime, amount: int) -> None:
        """Add ``amount`` over [start, end)."""
        first, last = self._cut(start), self._cut(end)
        for i in range(first, last):
            self.values[i] += amount
        self._join(last)
        self._join(first)

    def peak(self, start: datetime, end: datetime) -> int:
        """Return the greatest value over [start, end)."""
        first = bisect_right(self.times, start) - 1
        return max(self.values[first : bisect_left(self.times, end, first + 1)])

    def lowest(self, start: datetime, end: datetime) -> int:
        """Return the least value over [start, end)."""
        first = bisect_right(self.times, start) - 1
        return min(self.values[first : bisect_left(self.times, end, first + 1)])

    def pieces(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, int]]:
        """Yield (from, to, value) of every step within [start, end), cut to it."""
        first = bisect_right(self.times, start) - 1
        last = bisect_left(self.times, end, first + 1)
        since = start
        for i in range(first, last):
            until = self.times[i + 1] if i + 1 < last else end
            yield since, until, self.values[i]
            since = until

    def _cut(self, at: datetime) -> int:
        """Make a step begin at ``at`` and return its index."""
        i = bisect_left(self.times, at)
        if i == len(self.times) or self.times[i] != at:
            self.times.insert(i, at)
            self.values.insert(i, self.values[i - 1])
        return i

    def _join(self, i: int) -> None:
        """Forget the border at ``i`` if nothing changes there."""
        if i and self.values[i] == self.values[i - 1]:
            del self.times[i], self.values[i]
