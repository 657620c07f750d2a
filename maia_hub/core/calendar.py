"""When GPUs of a pool are free: step functions of free GPUs, one per node."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

from maia_hub.core.errors import NotFound, Overbooked
from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId
from maia_hub.core.interval import UTC, Interval

_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


class _Timeline:
    """The free GPUs of one node: ``free[i]`` holds from ``times[i]`` until ``times[i + 1]``."""

    def __init__(self, node: Node) -> None:
        self.times = [_EARLIEST]
        self.free = [node.capacity]
        for outage in node.outages:
            self.change(outage.interval, -outage.gpus)

    def change(self, interval: Interval, delta: int) -> None:
        first = self._cut(interval.start)
        last = self._cut(interval.end)
        for i in range(first, last):
            self.free[i] += delta
        self._join(last)
        self._join(first)

    def least(self, interval: Interval) -> int:
        first = bisect_right(self.times, interval.start) - 1
        last = bisect_left(self.times, interval.end)
        return max(0, min(self.free[first:last]))

    def next_start(self, gpus: int, duration: timedelta, after: datetime) -> datetime | None:
        start: datetime | None = None
        for i in range(bisect_right(self.times, after) - 1, len(self.times)):
            if self.free[i] < gpus:
                start = None
                continue
            if start is None:
                start = max(after, self.times[i])
            if i + 1 == len(self.times) or self.times[i + 1] - start >= duration:
                return start
        return None

    def _cut(self, moment: datetime) -> int:
        i = bisect_left(self.times, moment)
        if i == len(self.times) or self.times[i] != moment:
            self.times.insert(i, moment)
            self.free.insert(i, self.free[i - 1])
        return i

    def _join(self, i: int) -> None:
        if 0 < i < len(self.times) and self.free[i] == self.free[i - 1]:
            del self.times[i], self.free[i]


class Calendar:
    """The free GPUs of one pool over all time."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = {node.id: _Timeline(node) for node in nodes}

    def add(self, node: NodeId, interval: Interval, gpus: int) -> None:
        """Take ``gpus`` GPUs of ``node``; `Overbooked` if fewer are free somewhere in the interval."""
        free = self.free_on(node, interval)
        if free < gpus:
            raise Overbooked(
                f"Only {free} of the {gpus} GPUs asked for are free on {node}.", given=gpus, allowed=free
            )
        self.take(node, interval, gpus)

    def take(self, node: NodeId, interval: Interval, gpus: int) -> None:
        """Take ``gpus`` GPUs of ``node`` whether or not they are free: for what is a fact already."""
        self._timeline(node).change(interval, -gpus)

    def remove(self, node: NodeId, interval: Interval, gpus: int) -> None:
        """Give back what `add` took."""
        self._timeline(node).change(interval, gpus)

    def free_on(self, node: NodeId, interval: Interval) -> int:
        """Return the least number of free GPUs of ``node`` over the interval."""
        return self._timeline(node).least(interval)

    def fits(self, gpus: int, interval: Interval) -> NodeId | None:
        """Return the fullest node with ``gpus`` GPUs free over the whole interval, or None."""
        rooms = ((line.least(interval), node) for node, line in self._nodes.items())
        return min(((free, node) for free, node in rooms if free >= gpus), default=(0, None))[1]

    def next_slot(
        self, gpus: int, duration: timedelta, after: datetime, before: datetime | None = None
    ) -> tuple[NodeId, Interval] | None:
        """Return the earliest interval of ``duration`` at or after ``after`` with ``gpus`` free on one node."""
        found = [
            (start, node)
            for node, line in self._nodes.items()
            if (start := line.next_start(gpus, duration, after)) is not None
        ]
        if not found:
            return None
        start, node = min(found)
        if before is not None and start >= before:
            return None
        return node, Interval(start, start + duration)

    def profile(self, interval: Interval) -> list[tuple[datetime, int]]:
        """Return (from, free GPUs of the pool) steps over the interval, the first at its start."""
        changes: dict[datetime, int] = {interval.start: 0}
        for line in self._nodes.values():
            first = bisect_right(line.times, interval.start) - 1
            changes[interval.start] += max(0, line.free[first])
            for i in range(first + 1, bisect_left(line.times, interval.end)):
                step = max(0, line.free[i]) - max(0, line.free[i - 1])
                changes[line.times[i]] = changes.get(line.times[i], 0) + step
        steps: list[tuple[datetime, int]] = []
        free = 0
        for moment in sorted(changes):
            free += changes[moment]
            if not steps or steps[-1][1] != free:
                steps.append((moment, free))
        return steps

    def _timeline(self, node: NodeId) -> _Timeline:
        try:
            return self._nodes[node]
        except KeyError:
            raise NotFound(f"There is no node {node}.", given=node, allowed=sorted(self._nodes)) from None
