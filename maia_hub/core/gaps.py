"""Where a given number of GPUs is free, and for how long: the index behind *next free slot*."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence

from maia_hub.core.steps import Steps
from maia_hub.core.ticks import DAWN, DUSK

_WEEK = 7 * 24 * 3600 * 1_000_000
Span = tuple[int, int]
Entry = tuple[int, int, int]
"""(from, length, node), in ticks: sorted, the shortest of the gaps that begin together comes first."""


def quiet(load: Steps, start: int, end: int, most: int) -> list[Span]:
    """Return the longest stretches of [start, end) over which ``load`` is at most ``most``."""
    spans: list[Span] = []
    for since, until, value in load.pieces(start, end):
        if value > most:
            continue
        if spans and spans[-1][1] == since:
            spans[-1] = (spans[-1][0], until)
        else:
            spans.append((since, until))
    return spans


class Gaps:
    """The gaps of all nodes of a pool over which at least ``gpus`` GPUs of one node are free.

    They are filed by the week in which they begin, each week with its longest: the first gap of a given
    length is found by looking at one number a week, then at the gaps of one week.
    """

    def __init__(self, gpus: int, nodes: Iterable[tuple[int, Steps]]) -> None:
        """``nodes`` holds (capacity, load) of every node; one that is too small has no gaps."""
        self._most = [capacity - gpus for capacity, _ in nodes]
        self._starts: list[list[int]] = [[] for _ in self._most]
        self._ends: list[list[int]] = [[] for _ in self._most]
        self._order: list[int] = []
        self._longest: list[int] = []
        self._weeks: list[list[Entry]] = []

    @classmethod
    def of(cls, gpus: int, nodes: Sequence[tuple[int, Steps]]) -> Gaps:
        """Build the index from what the nodes hold now."""
        index = cls(gpus, nodes)
        filed: dict[int, list[Entry]] = {}
        for node, (_, load) in enumerate(nodes):
            for start, end in index._quiet(node, load, DAWN, DUSK):
                index._starts[node].append(start)
                index._ends[node].append(end)
                filed.setdefault(_number(start), []).append((start, end - start, node))
        index._order = sorted(filed)
        index._weeks = [sorted(filed[number]) for number in index._order]
        index._longest = [max(entry[1] for entry in week) for week in index._weeks]
        return index

    def refresh(self, node: int, load: Steps, start: int, end: int) -> None:
        """Take in that the load of a node changed over [start, end)."""
        starts, ends = self._starts[node], self._ends[node]
        i, j = bisect_left(ends, start), bisect_right(starts, end)
        old = list(zip(starts[i:j], ends[i:j], strict=True))
        if old:
            start, end = min(start, old[0][0]), max(end, old[-1][1])
        new = self._quiet(node, load, start, end)
        if new == old:
            return
        for gap_start, gap_end in old:
            self._drop((gap_start, gap_end - gap_start, node))
        for gap_start, gap_end in new:
            self._file((gap_start, gap_end - gap_start, node))
        starts[i:j] = [gap[0] for gap in new]
        ends[i:j] = [gap[1] for gap in new]

    def first(self, duration: int, after: int) -> int | None:
        """Return the earliest beginning, at ``after`` or later, of a gap of ``duration`` or more."""
        i = bisect_left(self._order, _number(after))
        for k in range(i, len(self._order)):
            if self._longest[k] >= duration:
                for start, length, _ in self._weeks[k]:
                    if length >= duration and start >= after:
                        return start
        return None

    def _quiet(self, node: int, load: Steps, start: int, end: int) -> list[Span]:
        return [] if self._most[node] < 0 else quiet(load, start, end, self._most[node])

    def _file(self, entry: Entry) -> None:
        number = _number(entry[0])
        i = bisect_left(self._order, number)
        if i == len(self._order) or self._order[i] != number:
            self._order.insert(i, number)
            self._weeks.insert(i, [])
            self._longest.insert(i, entry[1])
        insort(self._weeks[i], entry)
        self._longest[i] = max(self._longest[i], entry[1])

    def _drop(self, entry: Entry) -> None:
        i = bisect_left(self._order, _number(entry[0]))
        week = self._weeks[i]
        del week[bisect_left(week, entry)]
        if not week:
            del self._order[i], self._weeks[i], self._longest[i]
        elif entry[1] == self._longest[i]:
            self._longest[i] = max(length for _, length, _ in week)


def _number(moment: int) -> int:
    return moment // _WEEK
