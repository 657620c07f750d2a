"""What is free on nodes, as it is reckoned for wishes, is what the calendar says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import Node, Outage
from maia_hub.core.ids import NodeId
from maia_hub.core.room import Room, soonest
from tests.core.people import HOUR, POOL, T0, span

_IDS = [NodeId("a"), NodeId("b"), NodeId("c")]
_TIMES = st.tuples(st.integers(0, 2), st.integers(-3, 20), st.integers(1, 12), st.integers(1, 3))
_ASKED = st.tuples(st.integers(1, 4), st.integers(1, 8), st.integers(0, 12), st.integers(0, 25))


@given(st.lists(_TIMES, max_size=16), st.lists(_TIMES, max_size=3), _ASKED)
def test_the_soonest_time_and_its_node_are_those_that_the_calendar_names(
    booked: list[tuple[int, ...]], broken: list[tuple[int, ...]], asked: tuple[int, ...]
) -> None:
    outages = [Outage(_IDS[n], span(start, start + length), gpus, "") for n, start, length, gpus in broken]
    nodes = [Node(id_, POOL, 4, tuple(o for o in outages if o.node == id_)) for id_ in _IDS]
    taken = [(_IDS[n], span(start, start + length), gpus) for n, start, length, gpus in booked]
    calendar = Calendar(nodes)
    for node, interval, gpus in taken:
        calendar.take(node, interval, gpus)
    rooms = [Room.of(n, [(i.start, i.end, gpus) for at, i, gpus in taken if at == n.id], T0) for n in nodes]
    gpus, length, after, last = asked
    question = gpus, length * HOUR, T0 + after * HOUR, T0 + (after + last) * HOUR
    assert soonest(rooms, *question) == calendar.next_slot(*question)
