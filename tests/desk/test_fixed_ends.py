"""A server that cannot be told of a later end: its own only comes nearer, whatever becomes of its booking."""

from __future__ import annotations

from datetime import datetime

import pytest

from maia_hub.core.bookings import Booking, BookingEvent
from maia_hub.core.grants import BOOKED
from maia_hub.core.ids import ServerName, new_lease_id
from maia_hub.core.leases import FIXED, GrantKind
from maia_hub.core.rights import Ask
from maia_hub.desk.values import Grant, SessionView
from tests.desk.office import ADA, BEN, Office


@pytest.fixture
def booking(office: Office) -> Booking:
    """An hour of Ada's."""
    return office.book(ADA, 0, 60)


@pytest.fixture
def given(office: Office, booking: Booking) -> Grant:
    """What her server received that ends with it."""
    assert booking.live
    return office.start(ADA, fixed=True)


def session(office: Office) -> SessionView:
    (seen,) = office.desk.state(ADA.user, office.now).sessions
    return seen


def latest(office: Office) -> datetime | None:
    (held,) = office.desk.held(office.now)
    return held.latest


def test_it_is_said_at_the_start_and_no_extension_is_offered(office: Office, given: Grant) -> None:
    assert given.reason.endswith(FIXED)
    assert given.latest == given.until
    seen = session(office)
    assert seen.lease is not None
    assert (seen.lease.fixed, seen.extendable_until) == (True, None)
    assert FIXED not in office.start(BEN, "idle:a6000", fixed=True).reason


def test_it_keeps_its_end_when_the_booking_is_extended(
    office: Office, booking: Booking, given: Grant
) -> None:
    longer = office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    assert longer.interval.end == office.after(minutes=90)
    seen = session(office)
    assert seen.moments == office.closing.moments(office.after(minutes=60))
    assert {file.until for file in office.files} == {given.until}
    assert latest(office) == given.until
    assert office.desk.outlasts(longer, office.now) == given.until
    assert office.desk.due(office.now).next_at == office.after(minutes=60) - office.closing.drain


def test_at_its_end_it_is_started_again_with_the_gpu_if_the_booking_goes_on(
    office: Office, booking: Booking, given: Grant
) -> None:
    office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    office.go(minutes=60, seconds=-4)
    assert office.desk.due(office.now).respawns[0].cause == "renewed"
    again = office.respawn(ADA)
    assert (again.kind, again.until) == (GrantKind.BOOKED, office.after(minutes=90))
    (notice,) = office.desk.state(ADA.user, office.now).notices
    assert (notice.kind, notice.title) == ("respawned", "Your server came to its fixed end")
    assert "Your booking gives you A6000" in notice.message
    assert len(f"{notice.title}. {notice.message}") <= 140
    assert FIXED not in notice.message
    office.go(minutes=90, seconds=-4)
    assert office.respawn(ADA).kind is GrantKind.CPU
    assert given.id != again.id


def test_it_comes_back_without_gpu_and_says_why_if_another_server_has_it(
    office: Office, booking: Booking, given: Grant
) -> None:
    office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    office.go(minutes=60, seconds=-4)
    assert office.desk.mark_stopping(given.id, "renewed", office.now)
    office.stop(given.id)
    office.start(ADA, server=ServerName("second"))
    assert office.start(ADA).kind is GrantKind.CPU
    notices = office.desk.state(ADA.user, office.now).notices
    assert "Another server of yours already uses this booking." in notices[-1].message


def test_it_comes_back_with_the_gpu_also_if_its_own_deadline_was_first(
    office: Office, booking: Booking, given: Grant
) -> None:
    office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    office.now = office.after(minutes=60)
    assert not office.desk.lost(given.id, "deadline", "", office.now)
    office.stop(given.id)
    (job,) = office.desk.due(office.now).respawns
    assert job.cause == "renewed"
    assert office.start(ADA).kind is GrantKind.BOOKED, "whoever starts it, the loops or she herself"


def test_it_ends_earlier_with_a_booking_that_is_shortened_and_stays_so(
    office: Office, booking: Booking, given: Grant
) -> None:
    office.desk.change(ADA, booking.id, None, office.after(minutes=30), None, office.now)
    assert (office.files[-1].until, latest(office)) == (office.after(minutes=30),) * 2
    office.desk.extend(ADA, booking.id, office.after(minutes=60), office.now)
    assert (office.files[-1].until, latest(office)) == (office.after(minutes=30),) * 2
    office.go(minutes=30, seconds=-4)
    assert office.desk.due(office.now).respawns[0].cause == "renewed"
    assert given.until == office.after(minutes=60)


def test_it_comes_back_on_cpu_if_the_booking_was_not_extended_or_is_given_back(
    office: Office, booking: Booking, given: Grant
) -> None:
    office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    office.go(minutes=60, seconds=-6)
    office.desk.end(ADA, booking.id, BookingEvent.RELEASE, "", office.now)
    assert office.files[-1].until == given.until, "not later, though the booking would allow it"
    office.go(minutes=60, seconds=-4)
    assert office.respawn(ADA).kind is GrantKind.CPU
    assert office.notices(ADA) == ["released"]


def test_a_pod_that_no_hub_made_keeps_its_end_too(office: Office, booking: Booking) -> None:
    ask = Ask(user=ADA.user, resource="nvidia.com/gpu", gpus=1)
    office.desk.reserve(ask, new_lease_id(), ("lab", "job-1"), office.now, lambda _: None)
    longer = office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    assert latest(office) == office.desk.outlasts(longer, office.now) == office.after(minutes=60)


def test_one_that_can_be_told_outlasts_nothing(office: Office, booking: Booking) -> None:
    office.start(ADA, f"{BOOKED}:{booking.id}")
    longer = office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    assert office.desk.outlasts(longer, office.now) is None
    assert office.files[-1].until == office.after(minutes=90)
