"""A GPU session from grant to respawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maia_hub.core.bookings import BookingEvent, BookingState, EndCause
from maia_hub.core.errors import Conflict, InvalidInput, Unavailable
from maia_hub.core.grants import Wait
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER
from maia_hub.core.leases import GrantKind, LeaseEnd
from maia_hub.core.sessionfile import SessionFile
from tests.desk.office import ADA, BEN, Office


def test_a_grant_writes_a_lease_marks_the_booking_active_and_tells_the_server(office: Office) -> None:
    booking = office.book(ADA, 0, 60)
    given = office.start(ADA)
    (lease,) = office.desk.live_leases(office.now)
    assert (given.kind, lease.id, lease.booking) == (GrantKind.BOOKED, given.id, booking.id)
    assert office.desk.booking(booking.id, office.now).state is BookingState.ACTIVE
    file = office.files[-1]
    assert (file.grant, file.until, file.stop) == (
        str(given.id),
        booking.interval.end,
        booking.interval.end - office.closing.drain,
    )


def test_at_its_end_a_server_is_due_and_comes_back_on_cpu_even_if_a_gpu_is_idle(office: Office) -> None:
    office.book(ADA, 0, 60)
    given = office.start(ADA)
    assert office.desk.due(office.now).respawns == ()
    assert office.desk.due(office.now).next_at == office.after(minutes=60) - office.closing.drain
    office.go(minutes=60, seconds=-4)
    assert office.desk.due(office.now).respawns[0].cause == "expired"
    back = office.respawn(ADA)
    assert (back.kind, back.gpus) == (GrantKind.CPU, ())
    assert "ended" in back.reason
    assert office.notices(ADA) == ["expired"]
    assert office.desk.live_leases(office.now) == []
    assert office.desk.due(office.now).respawns == ()
    (released,) = [e for e in office.events if e.action == "lease.released"]
    assert (released.subject, released.reason) == (str(given.id), LeaseEnd.EXPIRED.value)


def test_only_the_first_start_after_an_end_is_forced_to_cpu(office: Office) -> None:
    office.book(ADA, 0, 60)
    office.start(ADA)
    office.go(minutes=60, seconds=-4)
    office.respawn(ADA)
    office.go(minutes=61)
    assert office.start(ADA, "idle:a6000").kind is GrantKind.OPPORTUNISTIC


def test_an_extension_in_the_last_minute_reaches_the_server_before_it_is_confirmed(office: Office) -> None:
    booking = office.book(ADA, 0, 60)
    office.start(ADA)
    office.go(minutes=60, seconds=-20)
    office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    assert office.files[-1].until == office.after(minutes=90)
    office.go(minutes=60)
    assert office.desk.due(office.now).respawns == ()
    office.go(minutes=90, seconds=-4)
    assert office.desk.due(office.now).respawns[0].cause == "expired"


def test_an_extension_that_the_server_cannot_learn_of_is_not_given(office: Office) -> None:
    booking = office.book(ADA, 0, 60)
    office.start(ADA)

    def disk_full(_: SessionFile) -> None:
        raise OSError(28, "No space left on device")

    office.publish = disk_full
    with pytest.raises(Unavailable, match="No space left"):
        office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    assert office.desk.booking(booking.id, office.now).interval.end == office.after(minutes=60)


def test_it_is_too_late_to_extend_once_the_stop_is_sent(office: Office) -> None:
    booking = office.book(ADA, 0, 60)
    given = office.start(ADA)
    office.go(minutes=60, seconds=-4)
    office.desk.mark_stopping(given.id, "expired", office.now)
    with pytest.raises(Conflict, match="too late"):
        office.desk.extend(ADA, booking.id, office.after(minutes=90), office.now)
    with pytest.raises(Conflict, match="too late"):
        office.desk.change(ADA, booking.id, None, office.after(minutes=90), None, office.now)


def test_a_release_leaves_time_to_save_and_then_gives_the_rest_back(office: Office) -> None:
    booking = office.book(ADA, 0, 60, gpus=2)
    office.start(ADA)
    office.go(minutes=10)
    ended = office.desk.end(ADA, booking.id, BookingEvent.RELEASE, "", office.now)
    closed = office.now + office.closing.saving + office.closing.drain
    assert (ended.cause, ended.ended_at) == (EndCause.RELEASED, closed)
    assert office.files[-1].until == closed
    assert office.book(BEN, 11, 30, gpus=2)
    office.go(minutes=10, seconds=4)
    assert office.respawn(ADA).kind is GrantKind.CPU
    assert office.notices(ADA) == ["released"]


def test_a_used_booking_is_not_cut_shorter_than_its_server_needs_to_save(office: Office) -> None:
    booking = office.book(ADA, 0, 60)
    office.start(ADA)
    office.go(minutes=10)
    with pytest.raises(InvalidInput, match="time to save"):
        office.desk.change(ADA, booking.id, None, office.now + timedelta(seconds=3), None, office.now)
    office.desk.change(ADA, booking.id, None, office.after(minutes=11), None, office.now)
    assert office.files[-1].until == office.after(minutes=11)


def test_the_next_holder_waits_for_a_gpu_that_is_being_handed_over(office: Office) -> None:
    office.book(ADA, 0, 60, gpus=2)
    given = office.start(ADA)
    office.book(BEN, 60, 90, gpus=2)
    office.go(minutes=60)
    told = office.desk.grant(BEN.user, DEFAULT_SERVER, DEFAULT_PROJECT, "booked", office.now)
    assert isinstance(told, Wait)
    office.stop(given.id)
    assert office.start(BEN).kind is GrantKind.BOOKED


def test_a_server_that_its_supervisor_ended_alone_is_owed_a_start_on_cpu(office: Office) -> None:
    office.book(ADA, 0, 60)
    given = office.start(ADA)
    office.now = office.after(minutes=60)
    office.stop(given.id)
    office.desk.tick(office.now)
    assert office.respawn(ADA).kind is GrantKind.CPU
    assert office.notices(ADA) == ["expired"]


def test_a_user_who_stops_her_server_may_start_it_again_with_her_booking(office: Office) -> None:
    office.book(ADA, 0, 60)
    given = office.start(ADA)
    office.go(minutes=5)
    assert not office.desk.stopping(ADA.user, DEFAULT_SERVER, office.now)
    office.stop(given.id)
    assert office.desk.due(office.now).respawns == ()
    assert office.start(ADA).kind is GrantKind.BOOKED


def test_the_choice_made_last_is_preselected(office: Office) -> None:
    office.book(ADA, 0, 60)
    given = office.start(ADA)
    office.stop(given.id)
    offered, preselected = office.desk.choices(ADA.user, DEFAULT_SERVER, DEFAULT_PROJECT, office.now)
    assert preselected.startswith("booked:")
    assert preselected in {c.key for c in offered if c.enabled}


def test_a_booking_that_begins_offers_a_switch_once_and_takes_the_offer_back_after_it(office: Office) -> None:
    office.start(ADA, "cpu")
    office.book(ADA, 10, 60)
    office.go(minutes=10)
    office.go(minutes=11)
    assert office.notices(ADA) == ["switch"]
    (session,) = office.desk.state(ADA.user, office.now).sessions
    assert session.switch is not None
    office.desk.request_switch(ADA.user, DEFAULT_SERVER, session.switch.key, office.now)
    (job,) = office.desk.due(office.now).respawns
    assert (job.cause, job.choice) == ("switch", session.switch.key)
    assert office.respawn(ADA).kind is GrantKind.BOOKED
    assert office.notices(ADA) == ["respawned"]


def test_a_switch_is_not_forgotten_when_the_loops_begin_anew(office: Office) -> None:
    given = office.start(ADA, "cpu")
    office.book(ADA, 0, 60)
    offered, _ = office.desk.choices(ADA.user, DEFAULT_SERVER, DEFAULT_PROJECT, office.now)
    key = next(c.key for c in offered if c.kind is GrantKind.BOOKED)
    office.desk.request_switch(ADA.user, DEFAULT_SERVER, key, office.now)
    office.desk.mark_stopping(given.id, "switch", office.now)
    (job,) = office.desk.due(office.now).respawns
    assert (job.cause, job.choice) == ("switch", key)


def test_a_switch_to_what_cannot_be_had_is_refused_with_what_can(office: Office) -> None:
    office.start(ADA, "cpu")
    with pytest.raises(Conflict) as told:
        office.desk.request_switch(ADA.user, DEFAULT_SERVER, "booked", office.now)
    assert told.value.allowed == ["cpu", "idle:a6000"]


def test_the_state_tells_how_far_a_session_can_be_extended_and_who_is_next(office: Office) -> None:
    office.book(ADA, 0, 60, gpus=2)
    office.start(ADA)
    office.book(BEN, 75, 90)
    (session,) = office.desk.state(ADA.user, office.now).sessions
    assert session.extendable_until == office.after(minutes=75)
    assert session.next_booking is not None
    assert session.next_booking.user == "ben"
