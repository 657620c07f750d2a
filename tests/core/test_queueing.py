"""Whose turn it is for an idle GPU, and when the next one can be expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.bookings import Booking
from maia_hub.core.choices import choices, preselect
from maia_hub.core.ids import DEFAULT_SERVER, GpuId, TicketId, UserName
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.queueing import expected, loan_for, place, seats
from maia_hub.core.view import View, loans
from maia_hub.core.waiting import Waiter
from tests.core.test_grants import ALICE, BOB, HOUR, NOW, POOL, booking, decided, gpu, lease, view

MINUTE = timedelta(minutes=1)


def waiter(number: int, user: str = "", offered: int | None = None, *, accepted: bool = False) -> Waiter:
    return Waiter(
        id=TicketId(number),
        user=UserName(user or f"user-{number}"),
        server=DEFAULT_SERVER,
        pool=POOL,
        since=NOW,
        gpu=None if offered is None else gpu(offered).id,
        until=None if offered is None else NOW + HOUR,
        accepted=NOW if accepted else None,
    )


def waiting(seen: View, *queue: Waiter) -> View:
    return replace(seen, queue=queue)


def expectations(seen: View, n: int) -> list[datetime | None]:
    return [expected(seen, seen.pools[0], k) for k in range(1, n + 1)]


def test_whoever_waits_goes_before_whoever_starts_now() -> None:
    seen = waiting(view(gpus=1), waiter(1, "bob"))
    assert decided(seen, "idle:a6000", ALICE).kind is GrantKind.CPU
    assert "1 other waits" in decided(seen, "idle:a6000", ALICE).reason
    assert decided(seen, "idle:a6000", BOB).kind is GrantKind.OPPORTUNISTIC


def test_a_gpu_more_than_there_are_people_in_line_is_for_whoever_comes() -> None:
    seen = waiting(view(gpus=2), waiter(1, "bob", offered=0))
    given = decided(seen, "idle:a6000", ALICE)
    assert [g.id for g in given.gpus] == [gpu(1).id]


def test_what_was_offered_is_what_is_given_whatever_the_order() -> None:
    seen = waiting(view(gpus=2), waiter(1, "alice", offered=1), waiter(2, "bob", offered=0))
    assert [g.id for g in decided(seen, "idle:a6000", ALICE).gpus] == [gpu(1).id]
    assert [g.id for g in decided(seen, "idle:a6000", BOB).gpus] == [gpu(0).id]


def test_who_accepted_goes_before_who_was_not_asked_yet() -> None:
    seen = waiting(view(gpus=1), waiter(1), waiter(2, offered=0, accepted=True))
    assert set(seats(seen, seen.pools[0])) == {2}


def test_an_offered_gpu_that_is_booked_away_is_replaced_by_another_idle_one() -> None:
    mine = booking(BOB, NOW, NOW + HOUR)
    held = lease(BOB, 0, until=NOW + HOUR, booked=mine)
    seen = waiting(view([mine], [held]), waiter(1, offered=0))
    assert {t: loan.gpu.id for t, loan in seats(seen, seen.pools[0]).items()} == {1: gpu(1).id}


def test_waiting_starts_on_cpu_with_a_place_and_the_time_it_is_expected() -> None:
    seen = waiting(view([booking(BOB, NOW, NOW + HOUR, 2)]), waiter(1))
    given = decided(seen, "wait:a6000")
    assert (given.kind, given.waits_for, given.place) == (GrantKind.CPU, POOL, 2)
    assert given.next_free == NOW + HOUR


def test_who_chose_to_wait_gets_an_idle_gpu_if_there_is_one_by_then() -> None:
    assert decided(view(), "wait:a6000").kind is GrantKind.OPPORTUNISTIC


def test_waiting_is_offered_only_where_no_gpu_is_idle() -> None:
    assert [c.key for c in choices(view(), ALICE)] == ["cpu", "booked", "idle:a6000"]
    full = view([booking(BOB, NOW, NOW + HOUR, 2)])
    offered = choices(full, ALICE)
    assert [(c.key, c.enabled, c.place) for c in offered][2:] == [
        ("idle:a6000", False, None),
        ("wait:a6000", True, 1),
    ]
    assert all(not c.key.startswith("wait") for c in choices(view(leases=[lease(ALICE, 0)]), ALICE))


def test_who_waited_last_time_is_shown_the_idle_gpu_first() -> None:
    assert preselect(choices(view(), ALICE), "wait:a6000") == "idle:a6000"
    full = view([booking(BOB, NOW, NOW + HOUR, 2)])
    assert preselect(choices(full, ALICE), "wait:a6000") == "wait:a6000"
    assert preselect(choices(full, ALICE), "idle:a6000") == "cpu", "nobody is put into a line unasked"


def test_the_kth_in_line_expects_the_kth_gpu_that_comes_free_of_bookings() -> None:
    seen = view([booking(BOB, NOW, NOW + HOUR), booking(BOB, NOW, NOW + 3 * HOUR)])
    assert expectations(seen, 3) == [NOW + HOUR, NOW + 3 * HOUR, None]


def test_a_gap_too_short_to_be_lent_is_not_expected() -> None:
    later = booking(BOB, NOW + HOUR + 4 * MINUTE, NOW + 2 * HOUR)
    seen = view([booking(BOB, NOW, NOW + HOUR), later], gpus=1)
    assert expectations(seen, 1) == [NOW + 2 * HOUR]


def test_a_gpu_that_is_lent_without_end_is_not_expected_back() -> None:
    assert expectations(view(leases=[lease(BOB, 0)], gpus=1), 1) == [None]
    coming = booking(BOB, NOW + HOUR, NOW + 2 * HOUR)
    seen = view([coming], [lease(BOB, 0, until=NOW + HOUR)], gpus=1)
    assert expectations(seen, 2) == [NOW + 2 * HOUR, None]


def test_one_gap_serves_one_in_line_and_the_next_gap_the_next() -> None:
    coming = booking(BOB, NOW + HOUR, NOW + 2 * HOUR)
    assert expectations(view([coming], gpus=1), 3) == [NOW, NOW + 2 * HOUR, None]


def test_a_booking_that_was_given_back_holds_its_gpu_until_its_server_has_saved() -> None:
    over = booking(BOB, NOW - HOUR, NOW + HOUR)
    held = lease(BOB, 0, until=NOW + MINUTE, booked=over)
    assert expectations(view([], [held], gpus=1), 1) == [NOW + MINUTE]


STARTS = st.integers(0, 300).map(lambda minutes: NOW + minutes * MINUTE)
BOOKINGS = st.lists(
    st.builds(
        lambda start, minutes, gpus: booking(BOB, start, start + minutes * MINUTE, gpus),
        STARTS,
        st.integers(1, 200),
        st.integers(1, 2),
    ),
    max_size=5,
)
LENT = st.integers(0, 3)
TICKETS = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.booleans()), max_size=8)


@st.composite
def views(draw: st.DrawFn) -> View:
    """Return a node of four GPUs with bookings, loans, and people in line, of whom some were offered something."""
    held: list[Lease] = [lease(UserName(f"lent-{i}"), i) for i in range(draw(LENT))]
    booked: list[Booking] = draw(BOOKINGS)
    queue = []
    offered: set[int] = set()
    for number, (index, accepted) in enumerate(draw(TICKETS), start=1):
        own = index if index is not None and index not in offered else None
        offered |= set() if own is None else {own}
        queue.append(waiter(number, offered=own, accepted=accepted and own is not None))
    return replace(view(booked, held, gpus=4), queue=queue)


@given(views())
def test_never_more_turns_than_gpus_no_gpu_twice_and_nobody_jumps_the_line(seen: View) -> None:
    (pool,) = seen.pools
    turn = seats(seen, pool)
    idle = [loan.gpu.id for loan in loans(seen, pool)]
    given = [loan.gpu.id for loan in turn.values()]
    assert len(set(given)) == len(given) == min(len(idle), len(seen.queue))
    assert set(given) <= set(idle)
    for one in seen.queue:
        earlier = [w for w in seen.queue if w.id < one.id and w.id not in turn]
        assert one.id not in turn or one.accepted or not earlier, "somebody before her has none"
    kept: dict[TicketId, GpuId] = {w.id: w.gpu for w in seen.queue if w.gpu in idle and w.gpu is not None}
    assert all(turn[t].gpu.id == g for t, g in kept.items() if t in turn), "the same GPU as was offered"


@given(views())
def test_what_one_may_borrow_is_nobody_elses_turn(seen: View) -> None:
    (pool,) = seen.pools
    turn = seats(seen, pool)
    for one in seen.queue:
        loan = loan_for(seen, one.user, pool)
        assert loan == turn.get(one.id)
    stranger = loan_for(seen, UserName("stranger"), pool)
    assert stranger is None or stranger.gpu.id not in {loan.gpu.id for loan in turn.values()}
    assert (stranger is None) == (len(loans(seen, pool)) <= len(seen.queue))


@given(views())
def test_who_is_later_in_line_never_expects_a_gpu_sooner_and_who_may_have_one_now_expects_it_now(
    seen: View,
) -> None:
    (pool,) = seen.pools
    told = expectations(seen, 10)
    known = [moment for moment in told if moment is not None]
    assert known == sorted(known)
    assert told == [*known, *[None] * (10 - len(known))]
    assert all(moment >= NOW for moment in known)
    assert place(seen, UserName("stranger"), POOL) == len(seen.queue) + 1
    now = sum(moment == NOW for moment in known)
    assert now >= len(loans(seen, pool))
