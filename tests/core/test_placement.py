"""Bookings that have not begun make room for one more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.bookings import Booking
from maia_hub.core.calendar import Calendar
from maia_hub.core.errors import Overbooked
from maia_hub.core.gpus import Node, Outage
from maia_hub.core.ids import NodeId, PoolId
from maia_hub.core.placement import Plan, replan
from tests.core.people import booked, span

A, B, C = NodeId("a"), NodeId("b"), NodeId("c")


def nodes(*capacities: int) -> list[Node]:
    return [Node(name, PoolId("p"), k) for name, k in zip((A, B, C), capacities, strict=False)]


def test_a_request_that_fits_moves_nobody() -> None:
    assert replan(nodes(4, 4), [], [booked(0, 4, 2, A)], 2, span(0, 4)) == Plan(A, {})


def test_two_nodes_with_two_free_gpus_each_cannot_confirm_four() -> None:
    running = [booked(0, 4, 2, A), booked(0, 4, 2, B)]
    assert replan(nodes(4, 4), running, [], 4, span(1, 2)) is None


def test_a_booking_that_has_not_begun_makes_room_for_four() -> None:
    running, coming = booked(0, 4, 2, A), booked(1, 4, 2, B)
    assert replan(nodes(4, 4), [running], [coming], 4, span(2, 3)) == Plan(B, {coming.id: A})


def test_no_more_bookings_are_moved_than_must_be() -> None:
    small, large = booked(0, 4, 1, A), booked(0, 4, 3, B)
    plan = replan(nodes(4, 4), [], [small, large], 4, span(0, 4))
    assert plan is not None
    assert len(plan.moves) == 1


def test_a_booking_moves_on_to_make_room_for_one_that_moves() -> None:
    coming = [booked(0, 4, 2, A), booked(0, 4, 2, B), booked(0, 4, 1, C), booked(0, 4, 1, C)]
    plan = replan(nodes(4, 3, 3), [], coming, 4, span(0, 4))
    assert plan is not None
    assert plan.node == A
    assert plan.moves[coming[0].id] == C
    assert sorted(plan.moves.values()) == [B, C]


def test_what_does_not_overlap_is_left_alone() -> None:
    before, coming = booked(0, 2, 4, A), booked(2, 4, 2, A)
    plan = replan(nodes(4, 2), [], [before, coming], 4, span(2, 4))
    assert plan == Plan(A, {coming.id: B})


def test_an_outage_over_a_running_booking_is_no_obstacle_to_planning() -> None:
    broken = [Node(A, PoolId("p"), 2, (Outage(A, span(0, 9), 2, "fan"),)), *nodes(2, 2)[1:]]
    assert replan(broken, [booked(0, 4, 2, A)], [], 2, span(0, 4)) == Plan(B, {})


def test_a_booking_on_a_node_that_is_gone_is_no_obstacle_to_planning() -> None:
    assert replan(nodes(2), [booked(0, 4, 2, "gone")], [booked(0, 4, 1, "gone")], 2, span(0, 4)) == Plan(
        A, {}
    )


times = st.tuples(st.integers(0, 20), st.integers(1, 10)).map(lambda t: (t[0], t[0] + t[1]))
wishes = st.lists(st.tuples(st.sampled_from([A, B, C]), times, st.integers(1, 4), st.booleans()), max_size=12)


def laid(asked: list[tuple[NodeId, tuple[int, int], int, bool]]) -> tuple[list[Booking], list[Booking]]:
    """Book what does not overbook a node; return what has begun and what can be moved."""
    calendar = Calendar(nodes(4, 4, 2))
    fixed: list[Booking] = []
    movable: list[Booking] = []
    for node, (start, end), gpus, begun in asked:
        try:
            calendar.add(node, span(start, end), gpus)
        except Overbooked:
            continue
        (fixed if begun else movable).append(booked(start, end, gpus, node))
    return fixed, movable


@given(wishes, times, st.integers(1, 4))
def test_a_plan_never_overbooks_and_never_moves_what_has_begun(
    asked: list[tuple[NodeId, tuple[int, int], int, bool]], time: tuple[int, int], gpus: int
) -> None:
    fixed, movable = laid(asked)
    plan = replan(nodes(4, 4, 2), fixed, movable, gpus, span(*time))
    if plan is None:
        return
    after = Calendar(nodes(4, 4, 2))
    for booking in fixed + movable:
        after.add(plan.moves.get(booking.id, booking.node), booking.interval, booking.gpus)
    after.add(plan.node, span(*time), gpus)
    assert set(plan.moves) <= {b.id for b in movable}
    assert all(plan.moves[b.id] != b.node for b in movable if b.id in plan.moves)


@given(wishes, times, st.integers(1, 4))
def test_there_is_a_plan_without_moves_exactly_if_it_fits_as_it_is(
    asked: list[tuple[NodeId, tuple[int, int], int, bool]], time: tuple[int, int], gpus: int
) -> None:
    fixed, movable = laid(asked)
    now = Calendar(nodes(4, 4, 2))
    for booking in fixed + movable:
        now.add(booking.node, booking.interval, booking.gpus)
    plan = replan(nodes(4, 4, 2), fixed, movable, gpus, span(*time))
    assert (plan is not None and not plan.moves) == (now.fits(gpus, span(*time)) is not None)
