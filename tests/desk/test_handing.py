"""A booking goes to a colleague of the same project: by her rules, with notice, and without losing a minute."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import URL

from maia_hub.core.bookings import Booking, BookingState, EndCause
from maia_hub.core.errors import Conflict, Forbidden, InvalidInput, Refused
from maia_hub.core.ids import BookingId, ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Policy
from maia_hub.core.projects import Project, Projects
from maia_hub.desk import Actor, Search
from tests.desk.office import BOSS, NOON, Office

VISION = ProjectId("vision")


def member(name: str, *groups: str) -> Actor:
    return Actor(UserName(name), roles=groups, projects=Projects().of(groups))


CLEO, DAN, EAR = member("cleo", "MAIA:vision"), member("dan", "MAIA:vision"), member("ear", "MAIA:ears")
LEA = member("lea", "MAIA:vision:lead")


def book(office: Office, who: Actor, start: float, end: float, gpus: int = 1) -> Booking:
    wish = replace(office.asked(start, end, gpus), project=VISION, note="thesis")
    return office.desk.book(who, wish, office.now)


def known(office: Office, booking: BookingId) -> Booking:
    return office.desk.booking(booking, office.now)


def titles(office: Office, who: Actor) -> list[str]:
    return [notice.title for notice in office.desk.state(who.user, office.now).notices]


def test_one_that_is_to_come_changes_its_owner_who_is_told_and_may_give_it_back(office: Office) -> None:
    booking = book(office, CLEO, 60, 120, gpus=2)
    taken = office.desk.hand_over(CLEO, booking.id, DAN, NOON)
    assert taken == replace(booking, user=DAN.user) == known(office, booking.id)
    (notice,) = office.desk.state(DAN.user, NOON).notices
    assert notice.title == "You were handed a booking"
    assert "cleo gives you 2 × A6000 from 2026-03-02 13:00 UTC" in notice.message
    assert titles(office, CLEO) == []
    (event,) = office.desk.audit(BOSS, NOON, search=Search(action="booking.handed-over"))
    assert (event.actor, event.user) == ("cleo", "dan")
    assert event.before is not None
    assert event.before["user"] == "cleo"
    with pytest.raises(Forbidden):
        office.desk.hand_over(CLEO, booking.id, CLEO, NOON)
    office.desk.hand_over(DAN, booking.id, CLEO, NOON)
    assert known(office, booking.id).user == CLEO.user


def test_of_a_running_one_the_rest_is_the_colleagues_when_the_server_has_stopped(office: Office) -> None:
    booking = book(office, CLEO, 0, 60)
    office.start(CLEO)
    office.now = office.after(minutes=20)
    free_at = office.now + office.closing.saving + office.closing.drain
    taken = office.desk.hand_over(CLEO, booking.id, DAN, office.now)
    assert (taken.user, taken.interval, taken.state) == (
        "dan",
        Interval(free_at, booking.interval.end),
        BookingState.CONFIRMED,
    )
    given = known(office, booking.id)
    assert (given.user, given.cause, given.ended_at) == ("cleo", EndCause.HANDED_OVER, free_at)
    assert office.files[-1].until == free_at
    office.now = office.closing.moments(free_at).stop
    assert office.respawn(CLEO).kind.value == "cpu"
    assert "handed-over" in office.notices(CLEO)
    office.now = free_at
    office.desk.tick(free_at)
    grant = office.start(DAN)
    assert (grant.booking, grant.until) == (taken.id, booking.interval.end)


def test_nobody_loses_time_if_nothing_runs_by_it(office: Office) -> None:
    booking = book(office, CLEO, 0, 60)
    office.go(minutes=15)
    taken = office.desk.hand_over(CLEO, booking.id, DAN, office.now)
    assert taken.interval == Interval(office.now, booking.interval.end)
    assert known(office, booking.id).cause is EndCause.HANDED_OVER


def test_a_lead_or_an_administrator_may_and_the_owner_is_told_and_keeps_her_note(office: Office) -> None:
    for start, who in ((60, LEA), (120, BOSS)):
        booking = book(office, CLEO, start, start + 60)
        assert office.desk.hand_over(who, booking.id, DAN, NOON).note == ""
    assert titles(office, CLEO) == ["Your booking was given to a colleague"] * 2
    booking = book(office, CLEO, 200, 220)
    for other in (DAN, EAR):
        with pytest.raises(Forbidden):
            office.desk.hand_over(other, booking.id, DAN, NOON)


def test_only_a_colleague_can_have_it_and_what_is_over_nobody(office: Office) -> None:
    booking = book(office, CLEO, 0, 60)
    for stranger in (EAR, Actor(UserName("nobody"), projects={})):
        with pytest.raises(Forbidden, match=f"Nobody called “{stranger.user}” is in the project “vision”"):
            office.desk.hand_over(CLEO, booking.id, stranger, NOON)
    with pytest.raises(InvalidInput, match="theirs already"):
        office.desk.hand_over(CLEO, booking.id, CLEO, NOON)
    office.start(CLEO)
    office.now = office.after(minutes=59, seconds=55)
    with pytest.raises(Conflict, match="Too little"):
        office.desk.hand_over(CLEO, booking.id, DAN, office.now)
    office.go(minutes=61)
    with pytest.raises(Conflict, match="has ended"):
        office.desk.hand_over(CLEO, booking.id, DAN, office.now)
    assert office.desk.bookings(BOSS, office.now) == [known(office, booking.id)]


def test_the_rules_of_the_receiver_count_and_say_what_refuses(office: Office) -> None:
    booking = book(office, CLEO, 60, 120)
    book(office, DAN, 100, 150)
    with pytest.raises(Refused, match=r"do not let dan have it.*another booking of this pool") as told:
        office.desk.hand_over(CLEO, booking.id, DAN, NOON)
    assert "not between" in str(told.value.allowed)
    assert known(office, booking.id) == booking


def test_a_rest_may_be_shorter_than_a_booking_and_quotas_of_the_project_are_not_asked_again(
    where: URL,
) -> None:
    before = Office(where)
    booking = book(before, CLEO, 0, 60)
    before.close()
    office = Office(
        where,
        policy=Policy(name="long", min_duration=booking.interval.duration, max_bookings=1),
        projects=Projects(known={VISION: Project(gpus=0)}),
    )
    office.go(minutes=30)
    assert office.desk.hand_over(CLEO, booking.id, DAN, office.now).user == "dan"
    office.close()
