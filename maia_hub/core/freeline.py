"""The free GPUs of a whole pool over time, kept as changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate, chain


class _Week:
    """The changes of one week: ``base`` is free at its beginning, ``changes[i]`` is added at ``times[i]``."""

    __slots__ = ("base", "changes", "times")

    def __init__(self, base: int) -> None:
        self.base = base
        self.times: list[datetime] = []
        self.changes: list[int] = []

    def shift(self, at: datetime, change: int) -> None:
        i = bisect_left(self.times, at)
        if i == len(self.times) or self.times[i] != at:
            self.times.insert(i, at)
            self.changes.insert(i, change)
        elif self.changes[i] + change:
            self.changes[i] += change
        else:
            del self.times[i], self.changes[i]

    def total(self) -> int:
        return self.base + sum(self.changes)


class FreeLine:
    """A step function in weekly sheets, so that neither a change nor a question touches all of ten years."""

    def __init__(self, free: int) -> None:
        self._before = free
        self._weeks: dict[int, _Week] = {}
        self._order: list[int] = []

    def add(self, start: datetime, end: datetime, amount: int) -> None:
        """Add ``amount`` over [start, end)."""
        first, last = self._week(start), self._week(end)
        self._weeks[first].shift(start, amount)
        self._weeks[last].shift(end, -amount)
        for i in range(bisect_right(self._order, first), bisect_right(self._order, last)):
            self._weeks[self._order[i]].base += amount

    def over(self, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
        """Return (from, free) of every step within [start, end); the first begins at ``start``."""
        slices = list(self._slices(start, end))
        times = chain((start,), *(times for times, _ in slices))
        changes = chain.from_iterable(changes for _, changes in slices)
        return list(zip(times, accumulate(changes, initial=self._at(start)), strict=True))

    def _at(self, moment: datetime) -> int:
        i = bisect_right(self._order, _number(moment)) - 1
        if i < 0:
            return self._before
        week = self._weeks[self._order[i]]
        return week.base + sum(week.changes[: bisect_right(week.times, moment)])

    def _slices(self, start: datetime, end: datetime) -> Iterator[tuple[list[datetime], list[int]]]:
        """Yield the times and changes within (start, end), sheet by sheet."""
        first, last = bisect_left(self._order, _number(start)), bisect_right(self._order, _number(end))
        for number in self._order[first:last]:
            week = self._weeks[number]
            i, j = bisect_right(week.times, start), bisect_left(week.times, end)
            if i < j:
                yield week.times[i:j], week.changes[i:j]

    def _week(self, moment: datetime) -> int:
        """Return the number of the week of ``moment``, and see to it that it has a sheet."""
        number = _number(moment)
        if number not in self._weeks:
            i = bisect_left(self._order, number)
            base = self._weeks[self._order[i - 1]].total() if i else self._before
            self._weeks[number] = _Week(base)
            insort(self._order, number)
        return number


def _number(moment: datetime) -> int:
    return moment.toordinal() // 7
