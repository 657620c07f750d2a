"""An idle GPU is lent, and goes back with a warning."""

from __future__ import annotations

from maia_hub.core.bookings import BookingEvent
from maia_hub.core.gpus import Outage
from maia_hub.core.ids import NodeId, ServerName
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind
from tests.desk.office import ADA, BEN, BOSS, EVE, Office

IDLE = "idle:a6000"


def test_a_lent_gpu_has_no_end_while_nobody_needs_it(office: Office) -> None:
    assert office.start(ADA, IDLE).until is None


def test_a_booking_takes_a_lent_gpu_back_when_it_begins(office: Office) -> None:
    office.start(ADA, IDLE)
    office.book(BEN, 30, 60, gpus=2)
    (lease,) = office.desk.live_leases(office.now)
    assert lease.until == office.after(minutes=30)
    assert office.files[-1].until == office.after(minutes=30)
    office.go(minutes=30, seconds=-4)
    assert office.desk.due(office.now).respawns[0].cause == "preempted"
    assert office.respawn(ADA).kind is GrantKind.CPU
    assert office.notices(ADA) == ["preempted"]


def test_a_booking_that_begins_at_once_leaves_the_grace(office: Office) -> None:
    office.start(ADA, IDLE)
    office.book(BEN, 0, 60, gpus=2)
    (lease,) = office.desk.live_leases(office.now)
    assert lease.until == office.now + office.closing.grace
    office.go(seconds=3)
    (same,) = office.desk.live_leases(office.now)
    assert same.until == lease.until


def test_an_end_far_away_comes_no_closer_than_the_grace(office: Office) -> None:
    office.start(ADA, IDLE)
    office.book(BEN, 600, 660, gpus=2)
    office.book(EVE, 0, 60, gpus=2)
    (lease,) = office.desk.live_leases(office.now)
    assert lease.until == office.now + office.closing.grace


def test_a_booking_beside_the_lent_gpu_takes_nothing_back(office: Office) -> None:
    office.start(ADA, IDLE)
    office.book(BEN, 30, 60, gpus=1)
    (lease,) = office.desk.live_leases(office.now)
    assert lease.until is None


def test_the_newest_loan_goes_first(office: Office) -> None:
    older = office.start(ADA, IDLE)
    office.go(minutes=1)
    newer = office.start(EVE, IDLE)
    office.book(BEN, 30, 60, gpus=1)
    ends = {lease.id: lease.until for lease in office.desk.live_leases(office.now)}
    assert ends == {older.id: None, newer.id: office.after(minutes=30)}


def test_a_cancelled_booking_leaves_the_gpu_lent(office: Office) -> None:
    office.start(ADA, IDLE)
    booking = office.book(BEN, 30, 60, gpus=2)
    office.desk.end(BEN, booking.id, BookingEvent.CANCEL, "", office.now)
    (lease,) = office.desk.live_leases(office.now)
    assert lease.until is None
    assert office.files[-1].until is None


def test_maintenance_takes_a_lent_gpu_back_too(office: Office) -> None:
    office.start(ADA, IDLE)
    hour = Interval(office.after(minutes=30), office.after(minutes=90))
    number = office.desk.add_outage(BOSS, Outage(NodeId("a6000-0"), hour, 2, "fan"), office.now)
    assert [x.until for x in office.desk.live_leases(office.now)] == [hour.start]
    office.desk.remove_outage(BOSS, number, office.now)
    assert [x.until for x in office.desk.live_leases(office.now)] == [None]


def test_a_gpu_that_is_booked_soon_is_not_lent(office: Office) -> None:
    office.book(BEN, 0.2, 60, gpus=2)
    given = office.start(ADA, IDLE, ServerName("second"))
    assert given.kind is GrantKind.CPU
    assert "too soon" in given.reason
