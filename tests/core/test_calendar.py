"""When GPUs are free."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.calendar import Calendar
from maia_hub.core.errors import InvalidInput, NotFound, Overbooked
from maia_hub.core.gpus import Node, Outage
from maia_hub.core.ids import NodeId, PoolId
from tests.core.people import DAY, HOUR, T0, span
from tests.core.reference import ListCalendar

A, B = NodeId("a"), NodeId("b")
POOL = PoolId("p")


def calendar(a: int = 4, b: int = 4) -> Calendar:
    return Calendar([Node(A, POOL, a), Node(B, POOL, b)])


def test_everything_is_free_at_first() -> None:
    assert calendar().free_on(A, span(0, 1)) == 4


def test_what_is_added_is_taken_from_its_start_until_its_end() -> None:
    made = calendar()
    made.add(A, span(2, 4), 3)
    assert [made.free_on(A, span(h, h + 1)) for h in range(1, 5)] == [4, 1, 1, 4]


def test_what_is_removed_is_free_again() -> None:
    made = calendar()
    made.add(A, span(2, 4), 3)
    made.remove(A, span(2, 4), 3)
    assert made.profile(span(0, 9)) == [(T0, 8)]


def test_more_than_is_free_cannot_be_added() -> None:
    made = calendar()
    made.add(A, span(2, 4), 3)
    with pytest.raises(Overbooked, match="Only 1 of the 2 GPUs"):
        made.add(A, span(3, 9), 2)
    assert made.free_on(A, span(4, 9)) == 4


@pytest.mark.parametrize("gpus", [0, -2])
def test_fewer_than_one_gpu_cannot_be_had(gpus: int) -> None:
    with pytest.raises(InvalidInput):
        calendar().fits(gpus, span(0, 1))
    with pytest.raises(InvalidInput):
        calendar().add(A, span(0, 1), gpus)


def test_no_more_can_be_given_back_than_is_taken() -> None:
    made = calendar()
    made.add(A, span(2, 4), 1)
    with pytest.raises(ValueError, match="fewer than 2"):
        made.remove(A, span(2, 4), 2)


def test_a_node_that_does_not_exist_is_named() -> None:
    with pytest.raises(NotFound, match="no node c"):
        calendar().free_on(NodeId("c"), span(0, 1))


def test_a_booking_fits_on_the_fullest_node_that_has_room() -> None:
    made = calendar()
    made.add(B, span(0, 4), 2)
    assert made.fits(2, span(1, 2)) == B
    assert made.fits(3, span(1, 2)) == A
    assert made.fits(5, span(1, 2)) is None


def test_of_equally_full_nodes_the_first_is_taken() -> None:
    assert calendar(a=2, b=2).fits(1, span(0, 1)) == A


def test_two_nodes_with_two_free_gpus_each_have_no_room_for_four() -> None:
    made = calendar()
    made.add(A, span(0, 4), 2)
    made.add(B, span(0, 4), 2)
    assert made.profile(span(0, 1)) == [(T0, 4)]
    assert made.fits(4, span(0, 1)) is None


def test_a_free_slot_begins_at_once_if_it_can() -> None:
    assert calendar().next_slot(4, HOUR, T0) == (A, span(0, 1))


def test_a_free_slot_begins_where_a_gap_is_long_enough() -> None:
    made = calendar(a=2, b=1)
    made.add(A, span(0, 4), 1)
    made.add(A, span(6, 9), 1)
    assert made.next_slot(2, 2 * HOUR, T0) == (A, span(4, 6))
    assert made.next_slot(2, 3 * HOUR, T0) == (A, span(9, 12))


def test_a_free_slot_that_was_booked_since_it_was_asked_for_is_named_no_more() -> None:
    made = calendar(a=2, b=0)
    made.add(A, span(0, 4), 2)
    assert made.next_slot(2, HOUR, T0) == (A, span(4, 5))
    made.add(A, span(4, 6), 1)
    assert made.next_slot(2, HOUR, T0) == (A, span(6, 7))
    made.remove(A, span(2, 4), 2)
    assert made.next_slot(2, HOUR, T0) == (A, span(2, 3))


def test_a_free_slot_may_lie_years_ahead() -> None:
    made = calendar(a=1, b=0)
    for day in range(4000):
        made.add(A, span(24 * day, 24 * day + 20), 1)
    assert made.next_slot(1, 5 * HOUR, T0) == (A, span(24 * 3999 + 20, 24 * 3999 + 25))


def test_a_free_slot_begins_before_the_limit_or_not_at_all() -> None:
    made = calendar(a=1, b=0)
    made.add(A, span(0, 4), 1)
    assert made.next_slot(1, HOUR, T0, before=T0 + 4 * HOUR) is None
    assert made.next_slot(1, HOUR, T0, before=T0 + 5 * HOUR) == (A, span(4, 5))


def test_there_is_never_a_slot_for_more_gpus_than_a_node_has() -> None:
    assert calendar().next_slot(5, HOUR, T0) is None


def test_a_slot_after_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no time zone"):
        calendar().next_slot(1, HOUR, T0.replace(tzinfo=None))


def test_the_profile_sums_the_nodes_and_begins_where_it_is_asked_to() -> None:
    made = calendar()
    made.add(A, span(0, 4), 1)
    made.add(B, span(2, 6), 2)
    steps = made.profile(span(1, 5))
    assert steps == [(T0 + HOUR, 7), (T0 + 2 * HOUR, 5), (T0 + 4 * HOUR, 6)]


def test_one_node_that_hands_over_to_another_leaves_the_profile_flat() -> None:
    made = calendar()
    made.add(A, span(0, 4), 2)
    made.add(B, span(4, 6), 2)
    assert made.profile(span(0, 6)) == [(T0, 6)]


def test_an_outage_takes_gpus_away_while_it_lasts() -> None:
    made = Calendar([Node(A, POOL, 4, (Outage(A, span(2, 4), 3, "new card"),))])
    assert made.profile(span(0, 9)) == [(T0, 4), (T0 + 2 * HOUR, 1), (T0 + 4 * HOUR, 4)]
    assert made.next_slot(2, 3 * HOUR, T0) == (A, span(4, 7))


def test_an_outage_under_a_booking_leaves_nothing_free_and_is_undone_with_it() -> None:
    made = Calendar([Node(A, POOL, 4, (Outage(A, span(2, 6), 3, "new card"),))])
    made.take(A, span(0, 4), 2)
    assert [free for _, free in made.profile(span(0, 9))] == [2, 0, 1, 4]
    made.remove(A, span(0, 4), 2)
    assert [free for _, free in made.profile(span(0, 9))] == [4, 1, 4]
    assert made.fits(2, span(0, 3)) is None


hours = st.integers(0, 60)
takes = st.lists(
    st.tuples(st.sampled_from([A, B]), hours, st.integers(1, 30), st.integers(1, 3)), max_size=25
)


@given(takes, hours, st.integers(1, 30), st.integers(1, 5))
def test_every_answer_is_that_of_a_list_read_from_end_to_end(
    taken: list[tuple[NodeId, int, int, int]], start: int, length: int, gpus: int
) -> None:
    nodes = [Node(A, POOL, 4, (Outage(A, span(9, 20), 3, "fan"),)), Node(B, POOL, 2)]
    ours, reference = Calendar(nodes), ListCalendar(nodes)
    for node, begin, hours_long, number in taken:
        ours.take(node, span(begin, begin + hours_long), number)
        reference.take(node, span(begin, begin + hours_long), number)
    asked = span(start, start + length)
    assert ours.fits(gpus, asked) == reference.fits(gpus, asked)
    assert ours.next_slot(gpus, asked.duration, asked.start) == reference.next_slot(
        gpus, asked.duration, asked.start
    )
    assert ours.profile(asked) == reference.profile(asked)


@given(takes)
def test_giving_everything_back_leaves_no_trace(taken: list[tuple[NodeId, int, int, int]]) -> None:
    made = calendar()
    for node, begin, hours_long, number in taken:
        made.take(node, span(begin, begin + hours_long), number)
    for node, begin, hours_long, number in reversed(taken):
        made.remove(node, span(begin, begin + hours_long), number)
    assert made.profile(span(-1, 100)) == [(T0 - HOUR, 8)]
    assert made.next_slot(4, 100 * DAY, T0) == (A, span(0, 2400))


@given(takes, st.integers(1, 4), st.integers(1, 30))
def test_nothing_earlier_than_the_next_slot_would_do(
    taken: list[tuple[NodeId, int, int, int]], gpus: int, length: int
) -> None:
    made = calendar()
    for node, begin, hours_long, number in taken:
        made.take(node, span(begin, begin + hours_long), number)
    found = made.next_slot(gpus, timedelta(hours=length), T0)
    assert found is not None
    node, slot = found
    assert made.free_on(node, slot) >= gpus
    for hour in range(int((slot.start - T0) / HOUR)):
        assert made.fits(gpus, span(hour, hour + length)) is None
