"""What a starting server receives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.choices import choices, preselect
from maia_hub.core.closing import Closing
from maia_hub.core.gpus import Gpu, GpuPool, Node, Outage
from maia_hub.core.grants import Decision, Wait, decide
from maia_hub.core.ids import (
    DEFAULT_SERVER,
    GpuId,
    NodeId,
    PoolId,
    UserName,
    new_booking_id,
    new_lease_id,
)
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.view import View

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
NODE, POOL = NodeId("ws"), PoolId("a6000")
ALICE, BOB = UserName("alice"), UserName("bob")


def gpu(index: int) -> Gpu:
    return Gpu(id=GpuId(f"GPU-{index}"), node=NODE, index=index, product="A6000", memory=48 << 30)


def booking(user: UserName, start: datetime, end: datetime, gpus: int = 1) -> Booking:
    return Booking(
        id=new_booking_id(),
        user=user,
        pool=POOL,
        node=NODE,
        gpus=gpus,
        interval=Interval(start, end),
        state=BookingState.CONFIRMED,
        created=NOW,
    )


def lease(
    user: UserName, *indices: int, until: datetime | None = None, booked: Booking | None = None
) -> Lease:
    return Lease(
        id=new_lease_id(),
        kind=GrantKind.BOOKED if booked else GrantKind.OPPORTUNISTIC,
        user=user,
        server=DEFAULT_SERVER,
        pool=POOL,
        node=NODE,
        gpus=tuple(gpu(i).id for i in indices),
        since=NOW - HOUR,
        until=until,
        booking=booked.id if booked else None,
    )


def view(
    bookings: list[Booking] | None = None,
    leases: list[Lease] | None = None,
    *,
    gpus: int = 2,
    outages: tuple[Outage, ...] = (),
) -> View:
    pool = GpuPool(
        id=POOL, product="A6000", resource="nvidia.com/gpu", nodes=(Node(NODE, POOL, gpus, outages),)
    )
    return View(
        bookings=bookings or [],
        leases=leases or [],
        pools=[pool],
        gpus=[gpu(i) for i in range(gpus)],
        now=NOW,
        closing=Closing(),
    )


def decided(seen: View, key: str, user: UserName = ALICE) -> Decision:
    answer = decide(seen, user, DEFAULT_SERVER, key)
    assert isinstance(answer, Decision)
    return answer


def test_cpu_is_given_to_whoever_asks_for_it() -> None:
    assert decided(view(), "cpu").kind is GrantKind.CPU


def test_a_running_booking_gives_its_gpus_until_its_end() -> None:
    mine = booking(ALICE, NOW, NOW + HOUR, gpus=2)
    answer = decided(view([mine]), f"booked:{mine.id}")
    assert (answer.kind, len(answer.gpus), answer.until) == (GrantKind.BOOKED, 2, NOW + HOUR)


def test_a_booking_of_somebody_else_gives_nothing() -> None:
    theirs = booking(BOB, NOW, NOW + HOUR)
    answer = decided(view([theirs]), f"booked:{theirs.id}")
    assert (answer.kind, answer.gpus) == (GrantKind.CPU, ())


def test_a_booking_that_has_not_begun_gives_cpu_and_says_when_it_begins() -> None:
    coming = booking(ALICE, NOW + HOUR, NOW + 2 * HOUR)
    answer = decided(view([coming]), f"booked:{coming.id}")
    assert (answer.kind, answer.next_free) == (GrantKind.CPU, NOW + HOUR)


def test_a_booking_used_by_another_server_gives_cpu_with_the_reason() -> None:
    mine = booking(ALICE, NOW - HOUR, NOW + HOUR)
    answer = decided(view([mine], [lease(ALICE, 0, until=NOW + HOUR, booked=mine)]), "booked")
    assert answer.kind is GrantKind.CPU
    assert "Another server of yours" in answer.reason


def test_a_booking_in_its_last_seconds_gives_cpu() -> None:
    mine = booking(ALICE, NOW - HOUR, NOW + timedelta(seconds=20))
    assert "about to end" in decided(view([mine]), "booked").reason


def test_the_next_holder_waits_for_a_gpu_that_is_being_handed_over() -> None:
    mine = booking(ALICE, NOW, NOW + HOUR)
    seen = view([mine], [lease(BOB, 0, until=NOW + timedelta(seconds=5))], gpus=1)
    answer = decide(seen, ALICE, DEFAULT_SERVER, "booked")
    assert isinstance(answer, Wait)
    assert answer.retry_after < Closing().handover


def test_a_handover_that_takes_longer_gives_cpu_and_says_until_when() -> None:
    mine = booking(ALICE, NOW, NOW + HOUR)
    answer = decided(view([mine], [lease(BOB, 0, until=NOW + timedelta(minutes=2))], gpus=1), "booked")
    assert (answer.kind, answer.next_free) == (GrantKind.CPU, NOW + timedelta(minutes=2))


def test_an_idle_gpu_is_lent_until_the_next_booking_begins() -> None:
    coming = booking(BOB, NOW + HOUR, NOW + 2 * HOUR)
    answer = decided(view([coming], gpus=1), "idle:a6000")
    assert (answer.kind, answer.until) == (GrantKind.OPPORTUNISTIC, NOW + HOUR)


def test_an_idle_gpu_that_nobody_booked_is_lent_without_an_end() -> None:
    answer = decided(view(), "idle:a6000")
    assert (answer.kind, answer.until) == (GrantKind.OPPORTUNISTIC, None)


def test_a_gpu_booked_within_minutes_is_not_lent() -> None:
    coming = booking(BOB, NOW + timedelta(minutes=2), NOW + HOUR)
    answer = decided(view([coming], gpus=1), "idle:a6000")
    assert answer.kind is GrantKind.CPU
    assert "too soon" in answer.reason


def test_a_gpu_that_a_running_booking_may_still_claim_is_not_lent() -> None:
    unclaimed = booking(BOB, NOW - timedelta(minutes=1), NOW + HOUR)
    answer = decided(view([unclaimed], gpus=1), "idle:a6000")
    assert (answer.kind, answer.next_free) == (GrantKind.CPU, NOW + HOUR)


def test_nobody_borrows_two_idle_gpus() -> None:
    answer = decided(view(leases=[lease(ALICE, 0)]), "idle:a6000")
    assert answer.kind is GrantKind.CPU
    assert "already use an idle GPU" in answer.reason


def test_a_broken_gpu_is_not_lent() -> None:
    broken = Outage(NODE, Interval(NOW - HOUR, NOW + HOUR), 1, "broken card")
    answer = decided(view(gpus=1, outages=(broken,)), "idle:a6000")
    assert (answer.kind, answer.next_free) == (GrantKind.CPU, NOW + HOUR)


def test_an_unknown_choice_gives_cpu_and_says_so() -> None:
    assert "no such choice" in decided(view(), "idle:h100").reason


def test_what_is_offered_is_what_is_given() -> None:
    mine = booking(ALICE, NOW, NOW + HOUR)
    seen = view([mine])
    for choice in choices(seen, ALICE):
        assert choice.enabled == (decided(seen, choice.key).kind is choice.kind), choice


def test_what_is_not_possible_is_offered_with_a_reason() -> None:
    refused = [c for c in choices(view([booking(BOB, NOW, NOW + HOUR, 2)]), ALICE) if not c.enabled]
    assert [(c.kind, bool(c.reason), c.next_free) for c in refused] == [
        (GrantKind.BOOKED, True, NOW + HOUR),
        (GrantKind.OPPORTUNISTIC, True, NOW + HOUR),
    ]


def test_the_last_choice_is_preselected_and_an_old_booking_stands_for_the_running_one() -> None:
    mine = booking(ALICE, NOW, NOW + HOUR)
    offered = choices(view([mine]), ALICE)
    assert preselect(offered, "booked:gone") == f"booked:{mine.id}"
    assert preselect(offered, None) == f"booked:{mine.id}"
    assert preselect(offered, "cpu") == "cpu"
    assert preselect(offered, "idle:a6000") == "idle:a6000"
    assert preselect([replace(c, enabled=c.key == "cpu") for c in offered], "idle:a6000") == "cpu"
