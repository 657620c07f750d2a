"""A number that changes at moments of time: the GPUs taken on one node."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from maia_hub.core.ticks import DAWN

NEAR = 128
"""So many steps usually hold the whole of a question: looking for its end there touches little memory."""


class Steps:
    """A step function over all time, 0 at first: ``values[i]`` holds over [times[i], times[i + 1]), in ticks.

    Neighbouring steps always differ, so its size is the number of real changes, whatever came and went.
    """

    __slots__ = ("times", "values")

    def __init__(self) -> None:
        self.times = array("q", [DAWN])
        self.values: list[int] = [0]

    def add(self, start: int, end: int, amount: int) -> None:
        """Add ``amount`` over [start, end)."""
        first, last = self._cut(start), self._cut(end)
        for i in range(first, last):
            self.values[i] += amount
        self._join(last)
        self._join(first)

    def peak(self, start: int, end: int, most: int) -> int | None:
        """Return the greatest value over [start, end), or None if it is more than ``most``."""
        times = self.times
        first = bisect_right(times, start)
        if self.values[first - 1] > most:
            return None
        last = bisect_left(times, end, first, min(first + NEAR, len(times)))
        if last == first + NEAR:
            last = bisect_left(times, end, last)
        peak = max(self.values[first - 1 : last])
        return peak if peak <= most else None

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (from, to, value) of every step within [start, end), cut to it."""
        first = bisect_right(self.times, start) - 1
        last = bisect_left(self.times, end, first + 1)
        since = start
        for i in range(first, last):
            until = self.times[i + 1] if i + 1 < last else end
            yield since, until, self.values[i]
            since = until

    def _cut(self, at: int) -> int:
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
