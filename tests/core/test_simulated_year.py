"""A simulated year is decided by the real rules, calendar and waiting list: what holds of them holds of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from maia_hub.core.bookings import BookingState, EndCause
from maia_hub.core.fairshare import FairShare
from maia_hub.core.interval import Interval
from maia_hub.core.policy import PRESETS
from maia_hub.simulation import REGIMES, SMALL, Measures, Outcome, Wish, gini, measured, simulate, wishes_of

DEPARTMENT = replace(SMALL, days=84)
BY_NAME = {regime.name: regime for regime in REGIMES}


class Year(NamedTuple):
    """What a few months were like under one regime."""

    outcomes: list[Outcome]
    measures: Measures


@pytest.fixture(scope="module")
def wishes() -> list[Wish]:
    return wishes_of(DEPARTMENT, seed=3)


@pytest.fixture(scope="module")
def years(wishes: list[Wish]) -> dict[str, Year]:
    found = {regime.name: simulate(DEPARTMENT, regime, wishes) for regime in REGIMES}
    return {name: Year(outcomes, measured(DEPARTMENT, outcomes)) for name, outcomes in found.items()}


def test_no_gpu_is_ever_booked_twice(years: dict[str, Year]) -> None:
    capacity = {node.id: node.capacity for pool in DEPARTMENT.gpu_pools() for node in pool.nodes}
    for name, year in years.items():
        changes = []
        for booking in (outcome.booking for outcome in year.outcomes):
            if booking is not None and booking.occupied is not None:
                changes.append((booking.occupied.start, 1, booking.gpus, booking.node))
                changes.append((booking.occupied.end, 0, -booking.gpus, booking.node))
        taken = dict.fromkeys(capacity, 0)
        for at, _, gpus, node in sorted(changes):
            taken[node] += gpus
            assert taken[node] <= capacity[node], (name, node, at)
        assert not any(taken.values())


def test_every_wish_has_its_end_and_every_session_lies_in_its_time(years: dict[str, Year]) -> None:
    for year in years.values():
        assert [outcome.wish.number for outcome in year.outcomes] == list(range(year.measures.wishes))
        for wish, booking, used in year.outcomes:
            assert booking is None or booking.state is BookingState.ENDED
            assert booking is None or wish.wanted <= booking.interval.start <= wish.latest
            assert used is None or (booking is not None and booking.occupied is not None)


def test_where_there_is_enough_everybody_is_served_at_once(wishes: list[Wish]) -> None:
    pools = tuple((name, product, 60, each) for name, product, _, each in DEPARTMENT.pools)
    measures = measured(DEPARTMENT, simulate(replace(DEPARTMENT, pools=pools), BY_NAME["first-come"], wishes))
    assert (measures.served, measures.wait_p95) == (1.0, 0.0)


def test_nobody_waits_for_what_is_free(years: dict[str, Year]) -> None:
    """Who asked in vain, without rules, asked for a time at which no node had the GPUs, by what was booked then."""
    outcomes = years["first-come"].outcomes
    in_vain = [outcome.wish for outcome in outcomes if outcome.booking is None]
    assert in_vain
    for wish in in_vain[::7]:
        for node in (n for pool in DEPARTMENT.gpu_pools() if pool.id == wish.pool for n in pool.nodes):
            held = [
                o.booking
                for o in outcomes
                if o.booking
                and o.booking.node == node.id
                and o.booking.occupied
                and o.booking.created <= wish.asked
                and o.booking.interval.start < wish.wanted + wish.length
                and o.booking.interval.end > wish.wanted
            ]
            assert sum(booking.gpus for booking in held) + wish.gpus > node.capacity, (wish, held)


def test_the_rules_hold_all_year(years: dict[str, Year]) -> None:
    limit = PRESETS["open"].weekly_gpu_hours
    assert limit is not None
    owned: dict[str, list[tuple[Interval, int]]] = {}
    for outcome in years["open"].outcomes:
        if outcome.booking is not None and outcome.booking.occupied is not None:
            owned.setdefault(outcome.wish.user, []).append((outcome.booking.occupied, outcome.booking.gpus))
    for taken in owned.values():
        for interval, gpus in taken:
            others = [each for each in taken if each != (interval, gpus)]
            assert FairShare(others, limit).hours(interval, gpus) <= limit
    assert all(
        o.booking is None or o.booking.interval.duration >= timedelta(days=1)
        for o in years["classic"].outcomes
    )


def test_what_nobody_comes_for_is_given_up_if_the_rules_say_so(wishes: list[Wish]) -> None:
    half_an_hour = timedelta(minutes=30)
    regime = replace(BY_NAME["open"], policy=replace(PRESETS["open"], no_show_after=half_an_hour))
    unused = [o.booking for o in simulate(DEPARTMENT, regime, wishes) if o.wish.absent and o.booking]
    given_up = [booking for booking in unused if booking.cause is EndCause.NO_SHOW]
    assert len(given_up) > 10
    assert {b.occupied.duration for b in given_up if b.occupied} == {half_an_hour}


def test_the_same_seed_brings_the_same_year_and_another_one_another(
    wishes: list[Wish], years: dict[str, Year]
) -> None:
    assert wishes_of(DEPARTMENT, seed=3) == wishes
    assert wishes_of(DEPARTMENT, seed=4) != wishes
    again = simulate(DEPARTMENT, BY_NAME["open"], wishes)
    assert again == years["open"].outcomes


def test_rules_and_a_fair_order_share_more_evenly_than_first_come(years: dict[str, Year]) -> None:
    first_come = years["first-come"].measures
    for name in ("open", "classic"):
        assert years[name].measures.gini < first_come.gini
    assert years["open"].measures.heavy < first_come.heavy


def test_the_gini_coefficient_is_that_of_the_books() -> None:
    assert gini([5, 5, 5, 5]) == 0
    assert gini([0, 0, 0, 12]) == pytest.approx(0.75)
    assert gini([3, 1, 2]) == pytest.approx(2 / 9)
    assert gini([]) == gini([0, 0]) == 0
