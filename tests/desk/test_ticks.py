"""What time alone brings about, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from maia_hub.core.bookings import BookingEvent, EndCause
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Policy
from tests.desk.office import ADA, BEN, NOON, Office


def test_an_unused_booking_expires_and_a_used_one_completes_at_its_end(office: Office) -> None:
    used, unused = office.book(ADA, 0, 60), office.book(BEN, 0, 60)
    office.start(ADA)
    office.go(minutes=75)
    ends = {b.id: (b.cause, b.ended_at) for b in office.desk.bookings(ADA, office.now)}
    end = office.after(minutes=60)
    assert ends == {used.id: (EndCause.COMPLETED, end), unused.id: (EndCause.EXPIRED, end)}


def test_a_booking_nobody_shows_up_for_is_given_back(tmp_path: Path) -> None:
    office = Office(tmp_path, policy=Policy(name="p", no_show_after=timedelta(minutes=15)))
    used, unused = office.book(ADA, 0, 60), office.book(BEN, 0, 60)
    office.start(ADA)
    assert office.desk.due(office.now).next_at == office.after(minutes=15)
    office.go(minutes=15)
    causes = {b.id: b.cause for b in office.desk.bookings(ADA, office.now)}
    assert causes == {used.id: None, unused.id: EndCause.NO_SHOW}
    office.close()


def test_nothing_happens_twice_even_if_the_clock_is_set_back(office: Office) -> None:
    office.book(ADA, 0, 60, gpus=2)
    office.go(minutes=61)
    told = len(office.events)
    office.go(minutes=61)
    office.go(minutes=30)
    office.go(minutes=62)
    assert len(office.events) == told
    office.now = office.after(minutes=30)
    verdict = office.desk.check(BEN, office.asked(30, 50), office.now)
    assert not verdict.allowed


def test_a_clock_set_back_before_a_release_harms_nothing(office: Office) -> None:
    booking = office.book(ADA, 0, 60)
    office.start(ADA)
    office.now = NOON - timedelta(minutes=5)
    ended = office.desk.end(ADA, booking.id, BookingEvent.RELEASE, "", office.now)
    assert ended.cause is EndCause.RELEASED
    office.go(minutes=1)
    office.respawn(ADA)
    assert office.desk.live_leases(office.now) == []


def test_hours_are_counted_from_bookings_and_leases(office: Office) -> None:
    office.book(ADA, 0, 60, gpus=2)
    office.now = office.after(minutes=30)
    given = office.start(ADA)
    office.now = office.after(minutes=45)
    office.stop(given.id)
    office.go(minutes=60)
    (line,) = office.desk.account(Interval(NOON, office.after(hours=2)), office.now)
    assert (line.user, line.booked, line.used, line.idle) == ("ada", 2.0, 0.5, 1.5)
