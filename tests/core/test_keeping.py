"""What is kept free for a wish that is too large for what opens: of what is free, no more than it needs, the best."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.gpus import Node, Outage
from maia_hub.core.ids import NodeId, UserName, WishId
from maia_hub.core.interval import Interval
from maia_hub.core.keeping import Place, kept, place_for
from maia_hub.core.room import Room
from maia_hub.core.view import Taken
from maia_hub.core.waitlist import Wish
from tests.core.people import HOUR, POOL, T0, span

NODE = Node(NodeId("n1"), POOL, 3)


def wish(gpus: int, length: int, start: int = 0, slack: int = 0) -> Wish:
    """Return a wish in hours from T0."""
    window = span(start, start + length + slack)
    return Wish(
        id=WishId(UUID(int=1)),
        user=UserName("ada"),
        pool=POOL,
        gpus=gpus,
        length=length * HOUR,
        window=window,
        since=T0,
    )


def taken(start: int, end: int, gpus: int = 1) -> Taken:
    return T0 + start * HOUR, T0 + end * HOUR, gpus


def room(booked: Sequence[Taken], node: Node = NODE) -> Room:
    return Room.of(node, booked, T0)


def place(of: Wish, booked: Sequence[Taken], node: Node = NODE) -> Place:
    found = place_for(of, [room(booked, node)], T0)
    assert found is not None
    return found


def test_of_what_is_booked_the_place_is_where_least_is_for_the_time_until_then() -> None:
    booked = [taken(0, 10, 3), taken(10, 20, 1), taken(20, 30, 3)]
    assert place(wish(3, 10, slack=20), booked) == Place(NODE.id, span(10, 20), 10 * HOUR)
    booked = [taken(0, 10), taken(10, 90, 3)]
    assert place(wish(3, 10, slack=70), booked) == Place(NODE.id, span(70, 80), 30 * HOUR)


def test_it_stays_the_place_until_it_begins_or_another_is_free() -> None:
    booked, of = [taken(0, 40, 3)], wish(2, 5, slack=50)
    assert place_for(wish(2, 5, slack=20), [room(booked)], T0, (NODE.id, T0 + 10 * HOUR)) == Place(
        NODE.id, span(10, 15), 10 * HOUR
    )
    assert place_for(of, [room(booked)], T0, (NODE.id, T0 + 10 * HOUR)) == Place(
        NODE.id, span(40, 45), 0 * HOUR
    )
    then = T0 + 11 * HOUR
    late = place_for(wish(2, 5, slack=20), [Room.of(NODE, booked, then)], then, (NODE.id, T0 + 10 * HOUR))
    assert late is not None
    assert late.interval == span(20, 25)


def test_of_equal_places_it_is_the_latest_for_there_most_may_be_given_back() -> None:
    assert place(wish(2, 5, slack=20), [taken(0, 40, 3)]).interval == span(20, 25)


def test_of_free_places_it_is_the_earliest() -> None:
    assert place(wish(2, 5, slack=40), [taken(0, 12, 3)]) == Place(NODE.id, span(12, 17), 0 * HOUR)


def test_what_is_free_of_it_is_kept_and_no_more_than_is_needed() -> None:
    booked = [taken(0, 4), taken(4, 6, 3)]
    needs = wish(2, 10)
    found = kept(needs, place(needs, booked), room(booked))
    assert found == [(span(0, 4), 2), (span(6, 10), 2)]


def test_where_gpus_are_broken_is_no_place() -> None:
    broken = Node(NODE.id, POOL, 3, (Outage(NODE.id, span(5, 90), 2, "a fan"),))
    assert place(wish(2, 4, slack=20), [taken(0, 5, 3)], broken).interval == span(1, 5)
    assert place_for(wish(2, 4, start=5, slack=20), [room([], broken)], T0) is None
    assert place_for(wish(4, 4), [room([])], T0) is None


_BOOKED = st.lists(
    st.tuples(st.integers(-3, 25), st.integers(1, 12)).map(lambda b: taken(b[0], b[0] + b[1])), max_size=14
)
_WISHES = st.builds(wish, st.integers(1, 3), st.integers(1, 8), st.integers(0, 10), st.integers(0, 15))


@given(_BOOKED, _WISHES)
def test_a_place_that_is_free_is_found_and_what_is_kept_of_any_is_free(booked: list[Taken], of: Wish) -> None:
    booked = _possible(booked)
    found = place(of, booked)
    hours = [of.window.start + n * HOUR for n in range((of.latest_start - of.window.start) // HOUR + 1)]
    missing = {start: _missing(of, Interval(start, start + of.length), booked) for start in hours}
    assert found.missing == missing[found.interval.start]
    assert (found.missing == timedelta(0)) == (min(missing.values()) == timedelta(0))
    pieces = kept(of, found, room(booked))
    assert all(piece.end <= found.interval.end and piece.start >= found.interval.start for piece, _ in pieces)
    assert all(gpus <= of.gpus for _, gpus in pieces)
    for piece, gpus in pieces:
        assert gpus + max(_used(booked, T0 + n * HOUR) for n in _hours_of(piece)) <= NODE.capacity
    held = sum((gpus * piece.duration for piece, gpus in pieces), timedelta(0))
    assert held == of.gpus * of.length - found.missing


@given(_BOOKED, _WISHES, st.data())
def test_it_never_misses_more_whoever_books_what_is_not_kept_and_whatever_is_given_back(
    booked: list[Taken], of: Wish, data: st.DataObject
) -> None:
    booked = _possible(booked)
    found = place(of, booked)
    mine = [(piece.start, piece.end, gpus) for piece, gpus in kept(of, found, room(booked))]
    gone = data.draw(st.sets(st.integers(0, 13)))
    left = [each for n, each in enumerate(booked) if n not in gone]
    more = _possible([*mine, *left, *data.draw(_BOOKED)])[len(mine) :]
    then = place_for(of, [room(more)], T0, (NODE.id, found.interval.start))
    assert then is not None
    assert then.missing <= found.missing


def _possible(booked: Sequence[Taken]) -> list[Taken]:
    """Return of these bookings, one after the other, those that the node has room for."""
    made: list[Taken] = []
    for start, end, gpus in booked:
        hours = _hours_of(Interval(start, end))
        if max(_used(made, T0 + n * HOUR) for n in hours) + gpus <= NODE.capacity:
            made.append((start, end, gpus))
    return made


def _hours_of(interval: Interval) -> range:
    return range((interval.start - T0) // HOUR, (interval.end - T0) // HOUR)


def _used(booked: Sequence[Taken], moment: datetime) -> int:
    return sum(gpus for start, end, gpus in booked if start <= moment < end)


def _missing(of: Wish, when: Interval, booked: Sequence[Taken]) -> timedelta:
    free = (NODE.capacity - _used(booked, T0 + n * HOUR) for n in _hours_of(when))
    return sum((HOUR * max(of.gpus - n, 0) for n in free), timedelta(0))
