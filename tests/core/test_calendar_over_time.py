"""A calendar that people book, free and ask in any order answers as a plain list of bookings does."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from maia_hub.core.calendar import Calendar
from maia_hub.core.errors import Overbooked
from maia_hub.core.gpus import Node, Outage
from maia_hub.core.ids import NodeId, PoolId
from maia_hub.core.interval import Interval
from tests.core.people import span
from tests.core.reference import ListCalendar

NODES = [
    Node(NodeId("a"), PoolId("p"), 8),
    Node(NodeId("b"), PoolId("p"), 4, (Outage(NodeId("b"), span(300, 400), 2, "fan"),)),
    Node(NodeId("c"), PoolId("p"), 1),
]
Taken = tuple[NodeId, Interval, int]

nodes = st.sampled_from([node.id for node in NODES])
gpus = st.integers(1, 9)
# Weeks of hours: the index of long gaps has several stretches to leap over.
spans = st.tuples(st.integers(0, 1000), st.integers(1, 500)).map(lambda s: span(s[0], s[0] + s[1]))


class Booking(RuleBasedStateMachine):
    """Both calendars are told and asked the same."""

    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        self.ours, self.reference = Calendar(NODES), ListCalendar(NODES)

    @rule(target=taken, node=nodes, interval=spans, gpus=gpus)
    def book(self, node: NodeId, interval: Interval, gpus: int) -> Taken | MultipleResults[Taken]:
        if self.reference.free_on(node, interval) < gpus:
            with pytest.raises(Overbooked):
                self.ours.add(node, interval, gpus)
            return multiple()
        self.ours.add(node, interval, gpus)
        self.reference.take(node, interval, gpus)
        return node, interval, gpus

    @rule(target=taken, node=nodes, interval=spans, gpus=gpus)
    def break_down(self, node: NodeId, interval: Interval, gpus: int) -> Taken:
        self.ours.take(node, interval, gpus)
        self.reference.take(node, interval, gpus)
        return node, interval, gpus

    @rule(taken=consumes(taken))
    def give_back(self, taken: Taken) -> None:
        self.ours.remove(*taken)
        self.reference.remove(*taken)

    @rule(gpus=gpus, interval=spans)
    def ask_whether_it_fits(self, gpus: int, interval: Interval) -> None:
        assert self.ours.fits(gpus, interval) == self.reference.fits(gpus, interval)

    @rule(gpus=gpus, interval=spans)
    def ask_for_the_next_slot(self, gpus: int, interval: Interval) -> None:
        asked = gpus, interval.duration, interval.start
        assert self.ours.next_slot(*asked) == self.reference.next_slot(*asked)

    @rule(interval=spans)
    def ask_for_the_profile(self, interval: Interval) -> None:
        assert self.ours.profile(interval) == self.reference.profile(interval)

    @invariant()
    def the_whole_range_agrees(self) -> None:
        whole = span(-1, 1600)
        assert all(self.ours.free_on(n.id, whole) == self.reference.free_on(n.id, whole) for n in NODES)


Booking.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBooking = Booking.TestCase
