"""A node has fewer GPUs than were booked on it: what follows, who is told, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.bookings import Booking, BookingEvent
from maia_hub.core.errors import Conflict, NotFound, Overbooked
from maia_hub.core.gpus import Gpu, Outage, Trouble
from maia_hub.core.ids import GpuId, NodeId
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind
from maia_hub.core.policy import Policy
from tests.desk.office import ADA, BEN, BOSS, EVE, Office, gpus

FIRST, SECOND = NodeId("a6000-0"), NodeId("a6000-1")
CORDONED = Trouble(FIRST, "the node is cordoned", away=True)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Office]:
    """An office with two nodes of two GPUs each."""
    made = Office(tmp_path, found=gpus(nodes=2, each=2))
    yield made
    made.close()


def cluster_says(office: Office, *troubles: Trouble, found: list[Gpu] | None = None) -> None:
    office.desk.sync_inventory(office.found if found is None else found, office.now, troubles)


def now(office: Office, booking: Booking) -> Booking:
    return office.desk.booking(booking.id, office.now)


def told(office: Office) -> list[str]:
    return [
        f"{e.action} {e.user}" for e in office.events if e.action in ("booking.endangered", "booking.safe")
    ]


def test_nobody_is_told_of_gpus_that_are_missing_for_a_moment(office: Office) -> None:
    booking = office.book(ADA, 30, 90)
    cluster_says(office, found=[])
    office.go(seconds=59)
    cluster_says(office)
    office.go(minutes=5)
    assert told(office) == []
    assert office.notices(ADA) == []
    assert now(office, booking) == booking


def test_the_owner_of_a_booking_that_finds_no_place_is_offered_others_and_told_when_it_is_safe_again(
    office: Office,
) -> None:
    office.book(ADA, 30, 90)
    office.now += timedelta(seconds=1)
    office.book(BEN, 60, 120)
    cluster_says(office, found=office.found[:1])
    office.go(seconds=61)
    assert told(office) == ["booking.endangered ben"], "the later one, and once"
    (alarm,) = office.desk.alarms(BOSS, office.now)
    assert alarm.booking.user == "ben"
    assert [s.interval.start for s in alarm.offers] == [office.after(minutes=m) for m in (90, 150, 210)]
    (notice,) = office.desk.state(BEN.user, office.now).notices
    assert (notice.kind, notice.at) == ("endangered", office.now)
    assert "2026-03-02 13:30 UTC, 2026-03-02 14:30 UTC, 2026-03-02 15:30 UTC" in notice.message
    office.go(seconds=90)
    assert len(told(office)) == 1
    assert office.desk.alarm_counts(office.now)["endangered_bookings"] == 1

    cluster_says(office)
    assert told(office) == ["booking.endangered ben", "booking.safe ben"]
    assert [n.title for n in office.desk.state(BEN.user, office.now).notices] == [
        "Your booking is safe again"
    ]
    assert office.desk.alarms(BOSS, office.now) == []
    assert office.desk.alarm_counts(office.now) == {"endangered_bookings": 0, "nodes_in_trouble": 0}


def test_a_booking_that_has_not_begun_goes_to_another_node_and_its_owner_is_told(pair: Office) -> None:
    booking = pair.book(ADA, 30, 90, gpus=2)
    assert booking.node == FIRST
    cluster_says(pair, CORDONED)
    pair.go(seconds=61)
    assert now(pair, booking).node == SECOND
    (notice,) = pair.desk.state(ADA.user, pair.now).notices
    assert (notice.title, notice.booking) == ("Your booking has another machine", booking.id)
    assert SECOND in notice.message
    (placed,) = [e for e in pair.events if e.action == "booking.placed"]
    assert placed.reason == "moved to another node: a6000-0: the node is cordoned"


def test_others_make_room_on_the_nodes_that_are_left(tmp_path: Path) -> None:
    office = Office(tmp_path, found=gpus(nodes=3, each=2))
    first = office.book(ADA, 30, 90, gpus=2)
    office.book(BEN, 30, 90)
    filler = office.book(EVE, 30, 90)
    spread = office.book(BOSS, 60, 120)
    office.desk.end(EVE, filler.id, BookingEvent.CANCEL, "", office.now)
    assert first.node == FIRST
    cluster_says(office, CORDONED)
    office.go(seconds=61)
    after = {str(b.user): b.node for b in office.desk.bookings(ADA, office.now, states=["confirmed"])}
    assert spread.node != FIRST
    assert after["ben"] == after["boss"]
    assert {FIRST, after["ben"]} & {after["ada"]} == set()
    assert told(office) == []
    office.close()


def test_nothing_is_booked_where_the_cluster_says_that_nothing_can_run(pair: Office) -> None:
    cluster_says(pair, CORDONED)
    assert pair.book(ADA, 60 * 24 * 100, 60 * 24 * 100 + 60, gpus=2).node == SECOND
    with pytest.raises(Overbooked):
        pair.book(BEN, 60 * 24 * 100, 60 * 24 * 100 + 60, gpus=2)
    ((number, outage),) = pair.desk.outages(pair.now)
    assert (outage.node, outage.gpus, outage.by_cluster) == (FIRST, 2, True)
    with pytest.raises(Conflict, match="cordoned"):
        pair.desk.remove_outage(BOSS, number, pair.now)
    pair.go(days=20)
    cluster_says(pair, CORDONED)
    ((_, later),) = pair.desk.outages(pair.now)
    assert later.interval.start == outage.interval.start
    assert later.interval.end == outage.interval.end + timedelta(days=20)
    cluster_says(pair)
    ((_, over),) = pair.desk.outages(pair.now)
    assert (over.interval.end, over.by_cluster) == (pair.now, False)
    assert pair.book(BEN, 60 * 24 * 100, 60 * 24 * 100 + 60, gpus=2).node == FIRST


def test_a_booking_that_has_begun_but_is_not_in_use_goes_to_another_node_at_once(pair: Office) -> None:
    booking = pair.book(ADA, 0, 60)
    grant = pair.start(ADA)
    assert grant.node == booking.node == FIRST
    pair.go(minutes=5)
    cluster_says(pair, Trouble(FIRST, "the node is not ready", away=True))
    assert now(pair, booking).node == FIRST, "its server may still run there"
    pair.stop(grant.id)
    pair.go(minutes=5, seconds=10)
    assert now(pair, booking).node == SECOND
    again = pair.start(ADA)
    assert (again.kind, again.node) == (GrantKind.BOOKED, SECOND)
    assert told(pair) == []


def test_a_running_booking_without_its_gpu_gets_cpu_and_the_reason(office: Office) -> None:
    office.book(ADA, 0, 60)
    cluster_says(office, CORDONED)
    grant = office.start(ADA)
    assert grant.kind is GrantKind.CPU
    assert "the node is cordoned" in grant.reason


def test_what_is_left_of_counted_gpus_is_not_promised_a_second_time(tmp_path: Path) -> None:
    counted = [Gpu(GpuId(f"a/nvidia.com/gpu/{n}"), NodeId("a"), n, "A6000", 2**30) for n in range(2)]
    office = Office(tmp_path, found=counted)
    early = office.book(ADA, 0, 60)
    office.book(BEN, 0, 60)
    first, second = office.start(ADA), office.start(BEN)
    assert [g.index for g in (*first.gpus, *second.gpus)] == [0, 1]
    cluster_says(office, found=counted[:1])
    office.stop(first.id)
    again = office.start(ADA)
    assert again.kind is GrantKind.CPU, "the one that is left may be the one that Ben holds"
    office.desk.end(ADA, early.id, BookingEvent.RELEASE, "", office.now)
    office.go(seconds=20)
    assert office.start(EVE, "idle:a6000").kind is GrantKind.CPU
    office.close()


def test_a_node_that_left_the_cluster_is_trouble_as_long_as_something_is_booked_there(pair: Office) -> None:
    wide = [pair.book(who, 30, 90, gpus=2) for who in (ADA, BEN)]
    cluster_says(pair, found=[g for g in pair.found if g.node == SECOND])
    (view,) = [n for n in pair.desk.nodes(BOSS, pair.now) if n.trouble]
    assert (view.node, view.trouble, view.gpus) == (FIRST, "it is no longer in the cluster", 0)
    pair.go(seconds=61)
    lost = next(b for b in wide if b.node == FIRST)
    assert told(pair) == [f"booking.endangered {lost.user}"]
    pair.go(minutes=95)
    assert pair.desk.alarms(BOSS, pair.now) == []
    assert told(pair) == [f"booking.endangered {lost.user}"], "a booking that is over is not safe"
    cluster_says(pair, found=[g for g in pair.found if g.node == SECOND])
    assert [n.node for n in pair.desk.nodes(BOSS, pair.now)] == [SECOND]


# ---- maintenance


def maintenance(office: Office, start: float, end: float, n: int = 2, node: NodeId = FIRST) -> Outage:
    return Outage(
        node, Interval(office.after(minutes=start), office.after(minutes=end)), n, "new power supply"
    )


def test_a_maintenance_window_that_bookings_need_is_refused_and_names_them(office: Office) -> None:
    hit, _ = office.book(ADA, 30, 90), office.book(BEN, 120, 180)
    window = maintenance(office, 60, 100)
    before = len(office.events)
    effect = office.desk.outage_effect(BOSS, window, office.now)
    assert (effect.endangered, effect.moved) == ((hit,), ())
    with pytest.raises(Conflict) as refused:
        office.desk.add_outage(BOSS, window, office.now)
    assert refused.value.given == [str(hit.id)]
    assert (office.desk.outages(office.now), len(office.events)) == ([], before)
    assert office.notices(ADA) == []

    number = office.desk.add_outage(BOSS, window, office.now, despite_bookings=True)
    assert told(office) == ["booking.endangered ada"]
    assert office.notices(ADA) == ["endangered"]
    office.desk.remove_outage(BOSS, number, office.now)
    assert told(office)[-1] == "booking.safe ada"


@pytest.mark.parametrize(
    ("horizon", "offered"), [(None, (3000, 3060, 3120)), (3100, (3000, 0, 60)), (2980, (0, 60, 120))]
)
def test_the_next_slots_after_a_booking_are_offered_and_sooner_ones_only_for_want_of_those(
    tmp_path: Path, horizon: int | None, offered: tuple[int, ...]
) -> None:
    within = None if horizon is None else timedelta(minutes=horizon)
    office = Office(tmp_path, policy=Policy(name="near", horizon=within))
    booking = office.book(ADA, 2880, 2940)
    office.desk.add_outage(BOSS, maintenance(office, 2800, 3000), office.now, despite_bookings=True)
    slots = office.desk.offers_for(ADA, booking.id, office.now)
    assert [slot.interval.start for slot in slots] == [office.after(minutes=m) for m in offered]
    office.close()


def test_a_maintenance_window_moves_the_bookings_that_fit_elsewhere(pair: Office) -> None:
    booking = pair.book(ADA, 30, 90)
    effect = pair.desk.outage_effect(BOSS, maintenance(pair, 60, 100), pair.now)
    assert ([b.id for b in effect.moved], effect.endangered) == ([booking.id], ())
    assert now(pair, booking).node == FIRST
    pair.desk.add_outage(BOSS, maintenance(pair, 60, 100), pair.now)
    assert now(pair, booking).node == SECOND


def test_a_booking_can_be_used_until_the_maintenance_begins(office: Office) -> None:
    office.book(ADA, 0, 60)
    office.desk.add_outage(BOSS, maintenance(office, 30, 90), office.now, despite_bookings=True)
    assert office.start(ADA).kind is GrantKind.BOOKED


def test_an_outage_of_an_unknown_node_is_refused(office: Office) -> None:
    with pytest.raises(NotFound):
        office.desk.outage_effect(BOSS, maintenance(office, 0, 1, node=NodeId("b")), office.now)


def test_an_outage_is_not_added_twice(office: Office) -> None:
    office.desk.add_outage(BOSS, maintenance(office, 60, 100), office.now)
    with pytest.raises(Conflict, match="over the same time: new power supply"):
        office.desk.outage_effect(BOSS, maintenance(office, 60, 100), office.now)
    with pytest.raises(Conflict, match="over the same time"):
        office.desk.add_outage(BOSS, maintenance(office, 60, 100), office.now, despite_bookings=True)
    office.desk.add_outage(BOSS, maintenance(office, 60, 101), office.now)
    assert len(office.desk.outages(office.now)) == 2


def test_moving_away_from_the_danger_ends_it(office: Office) -> None:
    booking = office.book(ADA, 30, 90)
    office.desk.add_outage(BOSS, maintenance(office, 60, 100), office.now, despite_bookings=True)
    office.desk.change(
        ADA, booking.id, office.after(minutes=100), office.after(minutes=160), None, office.now
    )
    office.go(seconds=5)
    assert told(office)[-1] == "booking.safe ada"
