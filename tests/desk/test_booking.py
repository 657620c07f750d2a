"""Booking, moving, extending and ending."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.bookings import BookingEvent, BookingState, EndCause
from maia_hub.core.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, Overbooked, Refused
from maia_hub.core.policy import Policy
from maia_hub.desk import Search
from tests.desk.office import ADA, BEN, BOSS, NOON, Office, gpus


def test_a_booking_is_confirmed_at_once_and_recorded(office: Office) -> None:
    booking = office.book(ADA, 10, 70)
    assert booking.state is BookingState.CONFIRMED
    (event,) = [e for e in office.events if e.action == "booking.confirmed"]
    assert (event.actor, event.subject, event.before) == ("ada", str(booking.id), None)
    assert event.after is not None
    assert event.after["start"] == booking.interval.start.isoformat()


def test_what_does_not_fit_is_refused_with_the_next_free_slot(office: Office) -> None:
    office.book(ADA, 10, 70, gpus=2)
    with pytest.raises(Overbooked) as told:
        office.book(BEN, 30, 60)
    slot = told.value.details["next_free"]
    assert isinstance(slot, dict)
    assert slot["start"] == office.after(minutes=70).isoformat()
    assert slot["end"] == office.after(minutes=100).isoformat()


def test_a_slot_that_a_rule_would_refuse_is_not_named_as_the_next_one(tmp_path: Path) -> None:
    office = Office(tmp_path, policy=Policy(name="near", horizon=timedelta(hours=2)))
    office.book(ADA, 10, 119, gpus=2)
    with pytest.raises(Overbooked) as told:
        office.book(BEN, 60, 115)
    assert "next_free" not in told.value.details
    office.close()


def test_every_rule_that_refuses_is_named(tmp_path: Path) -> None:
    strict = Policy(name="strict", min_duration=timedelta(hours=2), horizon=timedelta(hours=3))
    office = Office(tmp_path, policy=strict)
    with pytest.raises(Refused) as told:
        office.book(ADA, 300, 310)
    refusals = told.value.details["refusals"]
    assert isinstance(refusals, list)
    assert {r["rule"] for r in refusals} == {"min-duration", "horizon"}
    office.close()


@pytest.mark.parametrize("wanted", [0, -1, 3])
def test_a_number_of_gpus_that_no_node_has_is_refused_with_the_range(office: Office, wanted: int) -> None:
    with pytest.raises(InvalidInput) as told:
        office.book(ADA, 10, 70, gpus=wanted)
    assert told.value.given == wanted
    assert "1 to 2" in str(told.value.allowed)


def test_an_unknown_pool_is_refused_naming_those_there_are(office: Office) -> None:
    with pytest.raises(InvalidInput) as told:
        office.book(ADA, 10, 70, pool="h900")
    assert told.value.allowed == ["a6000"]


def test_a_product_that_several_pools_have_is_refused_naming_them(tmp_path: Path) -> None:
    office = Office(tmp_path, found=[*gpus(product="H200"), *gpus(product="H200 NVL")])
    with pytest.raises(InvalidInput) as told:
        office.book(ADA, 10, 70)
    assert told.value.allowed == ["h200", "h200-nvl"]
    office.close()


def test_a_booking_ends_half_open_so_that_the_next_may_begin_then(office: Office) -> None:
    office.book(ADA, 10, 70, gpus=2)
    office.book(BEN, 70, 80, gpus=2)


def test_a_check_says_what_a_booking_would_get_and_changes_nothing(office: Office) -> None:
    verdict = office.desk.check(ADA, office.asked(10, 70), office.now)
    assert verdict.allowed
    assert office.desk.bookings(ADA, office.now) == []


def test_a_booking_that_has_not_begun_moves(office: Office) -> None:
    booking = office.book(ADA, 10, 70)
    moved = office.desk.change(ADA, booking.id, office.after(minutes=30), None, "later", office.now)
    assert moved.interval.start == office.after(minutes=30)
    assert moved.note == "later"


def test_one_that_has_begun_keeps_its_start(office: Office) -> None:
    booking = office.book(ADA, 0, 70)
    office.go(minutes=1)
    with pytest.raises(Conflict, match="keeps its start"):
        office.desk.change(ADA, booking.id, office.after(minutes=30), None, None, office.now)


def test_an_extension_stops_at_the_next_booking(office: Office) -> None:
    booking = office.book(ADA, 10, 70, gpus=2)
    office.book(BEN, 100, 130)
    assert office.desk.extend(ADA, booking.id, office.after(minutes=100), office.now)
    with pytest.raises(Overbooked):
        office.desk.extend(ADA, booking.id, office.after(minutes=101), office.now)


def test_another_users_booking_is_out_of_reach(office: Office) -> None:
    booking = office.book(ADA, 10, 70)
    with pytest.raises(Forbidden):
        office.desk.end(BEN, booking.id, BookingEvent.CANCEL, "", office.now)
    with pytest.raises(Forbidden):
        office.desk.extend(BEN, booking.id, office.after(minutes=80), office.now)
    with pytest.raises(Forbidden):
        office.desk.end(ADA, booking.id, BookingEvent.REVOKE, "", office.now)


def test_an_administrator_revokes_and_the_reason_is_kept(office: Office) -> None:
    booking = office.book(ADA, 10, 70)
    ended = office.desk.end(BOSS, booking.id, BookingEvent.REVOKE, "maintenance", office.now)
    assert ended.cause is EndCause.REVOKED
    (event,) = office.desk.audit(BOSS, office.now, search=Search(action="booking.revoked"))
    assert (event.actor, event.user, event.reason) == ("boss", "ada", "maintenance")
    with pytest.raises(Forbidden):
        office.desk.audit(ADA, office.now)


def test_a_booking_ends_once(office: Office) -> None:
    booking = office.book(ADA, 10, 70)
    office.desk.end(ADA, booking.id, BookingEvent.CANCEL, "", office.now)
    with pytest.raises(IllegalTransition):
        office.desk.end(ADA, booking.id, BookingEvent.CANCEL, "", office.now)


def test_the_calendar_version_grows_with_every_change(office: Office) -> None:
    versions = [office.desk.state(ADA.user, NOON).calendar_version]
    booking = office.book(ADA, 10, 70)
    versions.append(office.desk.state(ADA.user, NOON).calendar_version)
    office.desk.extend(ADA, booking.id, office.after(minutes=80), NOON)
    versions.append(office.desk.state(ADA.user, NOON).calendar_version)
    assert versions == sorted(set(versions))
