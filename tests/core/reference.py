"""A calendar that is a list of bookings and is read from end to end: slow, and plain enough to be believed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval


class Taken(NamedTuple):
    """So many GPUs of a node are taken over [start, end)."""

    start: datetime
    end: datetime
    node: NodeId
    gpus: int


class ListCalendar:
    """The questions of `maia_hub.core.calendar.Calendar`, answered by looking at every booking."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        nodes = list(nodes)
        self.capacity = {node.id: node.capacity for node in sorted(nodes, key=lambda n: n.id)}
        self.taken = [
            Taken(o.interval.start, o.interval.end, node.id, o.gpus) for node in nodes for o in node.outages
        ]

    def take(self, node: NodeId, interval: Interval, gpus: int) -> None:
        self.taken.append(Taken(interval.start, interval.end, node, gpus))

    def remove(self, node: NodeId, interval: Interval, gpus: int) -> None:
        self.taken.remove(Taken(interval.start, interval.end, node, gpus))

    def free_on(self, node: NodeId, interval: Interval) -> int:
        return self._least(interval)[node]

    def fits(self, gpus: int, interval: Interval) -> NodeId | None:
        enough = [(free, node) for node, free in self._least(interval).items() if free >= gpus]
        return min(enough)[1] if enough else None

    def next_slot(
        self, gpus: int, duration: timedelta, after: datetime, before: datetime | None = None
    ) -> tuple[NodeId, Interval] | None:
        later: dict[NodeId, list[Taken]] = {node: [] for node in self.capacity}
        for t in self.taken:
            if t.end > after:
                later[t.node].append(t)
        starts = [self._first_start(node, gpus, duration, after, mine) for node, mine in later.items()]
        start = min((s for s in starts if s is not None), default=None)
        if start is None or (before is not None and start >= before):
            return None
        slot = Interval(start, start + duration)
        node = self.fits(gpus, slot)
        assert node is not None
        return node, slot

    def profile(self, interval: Interval) -> list[tuple[datetime, int]]:
        near = self._near(interval)
        moments = {m for mine in near.values() for t in mine for m in (t.start, t.end)}
        steps: list[tuple[datetime, int]] = []
        for moment in [interval.start, *sorted(m for m in moments if interval.start < m < interval.end)]:
            free = sum(self._free_at(node, moment, mine) for node, mine in near.items())
            if not steps or steps[-1][1] != free:
                steps.append((moment, free))
        return steps

    def _first_start(
        self, node: NodeId, gpus: int, duration: timedelta, after: datetime, mine: list[Taken]
    ) -> datetime | None:
        """Go through what begins and ends on a node; return where enough is free for long enough."""
        free = self.capacity[node]
        since: datetime | None = after
        moments = [(max(t.start, after), -t.gpus) for t in mine] + [(t.end, t.gpus) for t in mine]
        for moment, delta in sorted(moments, key=lambda m: (m[0], -m[1])):
            if since is not None and free >= gpus and moment - since >= duration:
                return since
            free += delta
            since = None if free < gpus else since or moment
        return since if free >= gpus else None

    def _least(self, interval: Interval) -> dict[NodeId, int]:
        """Return the least number free on each node: it is reached at the start or where something is taken."""
        return {
            node: min(
                self._free_at(node, moment, mine)
                for moment in [interval.start, *(t.start for t in mine if t.start > interval.start)]
            )
            for node, mine in self._near(interval).items()
        }

    def _near(self, interval: Interval) -> dict[NodeId, list[Taken]]:
        near: dict[NodeId, list[Taken]] = {node: [] for node in self.capacity}
        for t in self.taken:
            if t.start < interval.end and t.end > interval.start:
                near[t.node].append(t)
        return near

    def _free_at(self, node: NodeId, moment: datetime, mine: list[Taken]) -> int:
        return max(0, self.capacity[node] - sum(t.gpus for t in mine if t.start <= moment < t.end))
