"""Whose turn it is when a booked time opens, what is offered, and what becomes of a wish."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.errors import InvalidInput
from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId, UserName, WishId
from maia_hub.core.interval import Interval
from maia_hub.core.view import Taken
from maia_hub.core.waitlist import (
    Waiting,
    Wish,
    WishState,
    expected,
    fit,
    in_order,
    offered_until,
    openings,
    place,
    promotions,
    recent_use,
    without,
)
from tests.core.people import DAY, HOUR, POOL, T0, span

RULES = Waiting()
NODE = Node(NodeId("n1"), POOL, 4)
FULL: list[Taken] = [(T0, T0 + 48 * HOUR, 4)]


def wish(
    number: int, user: str = "", *, waited: float = 0, use: int = 0, window: tuple[float, float] = (10, 14)
) -> Wish:
    """Return a wish for one GPU for four hours, from 10 to 14 unless said."""
    return Wish(
        id=WishId(UUID(int=number)),
        user=UserName(user or f"user-{number}"),
        pool=POOL,
        gpus=1,
        length=4 * HOUR,
        window=span(*window),
        since=T0 - waited * DAY,
        use=use,
    )


def full_but(start: float, end: float, gpus: int = 1) -> list[Taken]:
    """Return what is taken of the node if so many GPUs of it are free over a time, and all others always."""
    return [
        *((s, e, n - gpus) for s, e, n in FULL),
        (T0, T0 + start * HOUR, gpus),
        (T0 + end * HOUR, T0 + 48 * HOUR, gpus),
    ]


def served(
    wishes: list[Wish], start: float = 10, end: float = 14, gpus: int = 1
) -> list[tuple[str, Interval]]:
    found = promotions(
        wishes, NODE, full_but(start, end, gpus), span(start, end), T0, RULES, lambda _w, _i: True
    )
    return [(w.user, when) for w, when in found]


def test_who_used_less_goes_first_and_then_who_has_waited_longer() -> None:
    wishes = [wish(1, waited=3, use=9), wish(2, waited=1, use=2), wish(3, waited=2, use=2)]
    assert [w.id.int for w in in_order(wishes, T0, RULES)] == [3, 2, 1]


def test_who_has_waited_for_the_patience_goes_first_whatever_was_used() -> None:
    wishes = [wish(1, waited=6, use=0), wish(2, waited=7, use=900), wish(3, waited=8, use=500)]
    assert [w.id.int for w in in_order(wishes, T0, RULES)] == [3, 2, 1]


def test_use_counts_half_after_each_half_life_and_what_is_to_come_in_full() -> None:
    assert recent_use([(span(-10, 0), 2)], T0, RULES.half_life) == 20
    assert recent_use([(span(-10, 0), 2)], T0 + 7 * DAY, RULES.half_life) == 10
    assert recent_use([(span(-10, 0), 2)], T0 + 14 * DAY, RULES.half_life) == 5
    assert recent_use([(span(5, 10), 4)], T0, RULES.half_life) == 20
    assert recent_use([], T0, RULES.half_life) == 0


def test_one_gpu_that_frees_is_for_one() -> None:
    assert served([wish(1, use=3), wish(2)]) == [("user-2", span(10, 14))]


def test_a_wish_with_a_window_takes_the_earliest_time_in_it() -> None:
    assert served([wish(1, window=(0, 40))], 20, 30) == [("user-1", span(20, 24))]


def test_what_is_left_of_an_opening_goes_to_the_next_and_no_one_gets_all_of_it_by_asking_often() -> None:
    mine = [wish(n, "alice", waited=1, window=(0, 40)) for n in (1, 2)]
    got = served([*mine, wish(3, "bob", window=(0, 40))], 20, 28)
    assert got == [("alice", span(20, 24)), ("bob", span(24, 28))]


def test_a_wish_that_fits_nowhere_lets_the_next_one_pass() -> None:
    large = replace(wish(1), gpus=2)
    assert served([large, wish(2, use=50)]) == [("user-2", span(10, 14))]
    assert served([large, wish(2, use=50)], gpus=2) == [("user-1", span(10, 14))]


def test_what_was_free_already_counts_with_what_is_freed() -> None:
    taken = full_but(10, 14, 2)
    found = openings(NODE, taken, span(10, 14), T0)
    assert [(o.gpus, o.interval) for o in found] == [(2, span(10, 14))]


def test_a_wish_that_a_rule_refuses_is_passed_over_and_not_lost() -> None:
    wishes = [wish(1), wish(2, use=50)]
    found = promotions(
        wishes, NODE, full_but(10, 14), span(10, 14), T0, RULES, lambda w, _i: w.user != "user-1"
    )
    assert [w.user for w, _ in found] == ["user-2"]
    assert wishes[0].state is WishState.WAITING


def test_nothing_begins_in_the_past() -> None:
    (opening,) = openings(NODE, full_but(10, 14), span(10, 14), T0 + 9 * HOUR)
    assert fit(wish(1, window=(0, 14)), opening, T0 + 10 * HOUR) == span(10, 14)
    assert fit(wish(1, window=(0, 14)), opening, T0 + 11 * HOUR) is None
    assert wish(1).passed(T0 + 11 * HOUR)
    assert not wish(1).passed(T0 + 10 * HOUR)


def test_what_begins_soon_is_offered_and_what_begins_later_is_booked() -> None:
    assert offered_until(T0 + HOUR / 2, T0, RULES) == T0 + timedelta(minutes=15)
    assert offered_until(T0 + HOUR, T0, RULES) is None


def test_an_offer_that_was_not_taken_leaves_the_wish_for_what_begins_later() -> None:
    wide = replace(wish(1, window=(0, 40)), state=WishState.OFFERED, until=T0)
    left = without(wide, span(0, 4))
    assert left is not None
    assert (left.window, left.state, left.until) == (span(4, 40), WishState.WAITING, None)
    assert without(wish(1), span(10, 14)) is None


def test_the_place_counts_those_who_want_a_time_that_touches_ones_own() -> None:
    me = wish(1, use=5)
    others = [me, wish(2), wish(3, use=9), wish(4, window=(14, 18)), replace(wish(5), state=WishState.SERVED)]
    assert place(me, others, T0, RULES) == 2


def test_the_expected_time_follows_from_what_opened_lately() -> None:
    wide = wish(1, window=(0, 24 * 20))
    assert expected(wide, 3, 14, 28 * DAY, T0) == T0 + 6 * DAY
    assert expected(wide, 3, 0, 28 * DAY, T0) is None
    assert expected(wish(1), 3, 14, 28 * DAY, T0) is None
    assert expected(wide, 1, 28, 28 * DAY, T0, T0 + 9 * DAY) == T0 + 9 * DAY


def test_a_window_too_short_for_the_wish_is_refused() -> None:
    with pytest.raises(InvalidInput, match="shorter"):
        wish(1, window=(10, 13))


@st.composite
def _wishes(draw: st.DrawFn) -> list[Wish]:
    count = draw(st.integers(1, 8))
    made = []
    for number in range(count):
        start, slack = draw(st.integers(0, 20)), draw(st.integers(0, 12))
        length = draw(st.integers(1, 8))
        made.append(
            replace(
                wish(number, f"user-{draw(st.integers(0, 3))}", waited=draw(st.integers(0, 10))),
                gpus=draw(st.integers(1, 4)),
                window=span(start, start + length + slack),
                length=length * HOUR,
                use=draw(st.integers(0, 3)),
            )
        )
    return made


@given(_wishes(), st.integers(1, 20), st.integers(1, 12), st.integers(1, 4))
def test_nothing_is_given_twice_and_nothing_is_left_that_somebody_could_have(
    wishes: list[Wish], start: int, length: int, gpus: int
) -> None:
    taken, freed = full_but(start, start + length, gpus), span(start, start + length)
    got = list(promotions(wishes, NODE, taken, freed, T0, RULES, lambda _w, _i: True))
    assert len({w.id for w, _ in got}) == len(got)
    assert all(w.window.start <= i.start and i.end <= w.window.end for w, i in got)
    for moment in [T0 + n * HOUR / 2 for n in range(100)]:
        assert _used(got, moment) <= (gpus if freed.contains(moment) else 0)
    after = [*taken, *((i.start, i.end, w.gpus) for w, i in got)]
    left = [w for w in wishes if w.id not in {g.id for g, _ in got}]
    assert not [w for o in openings(NODE, after, freed, T0) for w in left if fit(w, o, T0)]


def _used(got: list[tuple[Wish, Interval]], moment: datetime) -> int:
    return sum(w.gpus for w, when in got if when.contains(moment))
