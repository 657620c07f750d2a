"""A booking belongs to a project: its quotas count for all its people, and its leads oversee it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import URL

from maia_hub.core.bookings import Booking, BookingEvent, EndCause
from maia_hub.core.errors import Forbidden, MaiaError, Refused
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, ProjectId, UserName
from maia_hub.core.projects import Project, Projects, Role
from maia_hub.desk import Actor, Asked
from maia_hub.desk.people import may
from tests.desk.office import ADA, BOSS, NOON, Office, gpus

VISION = ProjectId("vision")
GROUPS = Projects()


def member(name: str, *groups: str) -> Actor:
    return Actor(UserName(name), roles=groups, projects=GROUPS.of(groups))


CLEO, DAN = member("cleo", "MAIA:vision"), member("dan", "MAIA:vision", "MAIA:ears")
LEA = member("lea", "MAIA:vision:lead")


def wish(office: Office, start: float, end: float, gpus: int = 1) -> Asked:
    return replace(office.asked(start, end, gpus), project=VISION)


def book(office: Office, who: Actor, start: float, end: float, gpus: int = 1) -> Booking:
    return office.desk.book(who, wish(office, start, end, gpus), office.now)


def rules(told: pytest.ExceptionInfo[Refused]) -> list[str]:
    found = told.value.details["refusals"]
    assert isinstance(found, list)
    return [refusal["rule"] for refusal in found]


@pytest.fixture
def limited(where: URL) -> Iterator[Callable[[Project], Office]]:
    made: list[Office] = []

    def make(project: Project) -> Office:
        made.append(Office(where, projects=Projects(known={VISION: project}), found=gpus(nodes=2, each=4)))
        return made[-1]

    yield make
    for office in made:
        office.close()


def test_a_booking_is_for_a_project_of_ones_own(office: Office) -> None:
    assert book(office, DAN, 10, 20).project == VISION
    with pytest.raises(Forbidden, match="not a member of the project “vision”"):
        book(office, ADA, 10, 20)
    with pytest.raises(Forbidden, match="not a member of the project “default”"):
        office.book(CLEO, 10, 20)
    with pytest.raises(Forbidden, match="vision"):
        office.desk.check(ADA, wish(office, 10, 20), office.now)


def test_who_left_a_project_keeps_what_is_booked_and_gets_no_more_of_it(office: Office) -> None:
    booking = book(office, CLEO, 10, 60)
    left = member("cleo", "MAIA:ears")
    with pytest.raises(Forbidden, match="vision"):
        office.desk.extend(left, booking.id, office.after(minutes=70), NOON)
    with pytest.raises(Forbidden, match="vision"):
        office.desk.change(left, booking.id, office.after(minutes=30), office.after(minutes=80), None, NOON)
    shorter = office.desk.change(left, booking.id, None, office.after(minutes=50), "less", NOON)
    assert shorter.interval.end == office.after(minutes=50)


def test_gpus_at_a_time_are_counted_over_all_its_people_and_nodes(limited: Callable[..., Office]) -> None:
    office = limited(Project(gpus=5))
    book(office, CLEO, 10, 60, gpus=4)
    office.desk.book(ADA, office.asked(10, 60, gpus=3), NOON)  # for another project
    with pytest.raises(Refused) as told:
        book(office, DAN, 30, 70, gpus=2)
    assert rules(told) == ["project-gpus"]
    assert (told.value.given, told.value.allowed) == ("6 GPUs at a time", "at most 5")
    slot = told.value.details["next_free"]
    assert isinstance(slot, dict)
    assert slot["start"] == office.after(minutes=60).isoformat()
    book(office, DAN, 60, 100, gpus=2)


def test_hours_that_an_early_end_gives_back_can_be_booked_again(limited: Callable[..., Office]) -> None:
    office = limited(Project(hours_per_week=2))
    first = book(office, CLEO, 10, 130)
    with pytest.raises(Refused) as told:
        book(office, DAN, 200, 260)
    assert rules(told) == ["project-weekly-hours"]
    office.desk.end(CLEO, first.id, BookingEvent.CANCEL, "", NOON)
    book(office, DAN, 200, 260)


def test_an_extension_is_offered_as_far_as_the_quota_reaches(limited: Callable[..., Office]) -> None:
    office = limited(Project(hours_per_week=3))
    book(office, DAN, 200, 260)
    booking = book(office, CLEO, 0, 60)
    office.start(CLEO)
    (session,) = office.desk.state(CLEO.user, NOON).sessions
    assert session.extendable_until == office.after(minutes=120)
    with pytest.raises(Refused) as told:
        office.desk.extend(CLEO, booking.id, office.after(minutes=121), NOON)
    assert rules(told) == ["project-weekly-hours"]
    office.desk.extend(CLEO, booking.id, office.after(minutes=120), NOON)


def test_a_quota_that_was_lowered_takes_nothing_away(limited: Callable[..., Office]) -> None:
    booking = book(limited(Project()), CLEO, 10, 70, gpus=2)
    office = limited(Project(gpus=1, products=("H200",)))
    assert office.desk.change(CLEO, booking.id, None, office.after(minutes=60), None, NOON).live
    with pytest.raises(Refused) as told:
        office.desk.extend(CLEO, booking.id, office.after(minutes=70), NOON)
    assert rules(told) == ["project-products", "project-gpus"]


def test_two_people_at_the_same_moment_do_not_exceed_a_quota(limited: Callable[..., Office]) -> None:
    office = limited(Project(gpus=3))
    people = [member(f"m{n}", "MAIA:vision") for n in range(12)]
    barrier, outcomes = Barrier(len(people)), list[str]()

    def attempt(who: Actor) -> None:
        barrier.wait()
        try:
            book(office, who, 10, 60)
            outcomes.append("booked")
        except MaiaError as e:
            outcomes.append(e.code)

    threads = [Thread(target=attempt, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["booked"] * 3 + ["refused"] * 9


def test_a_lead_changes_and_revokes_bookings_of_the_project_and_it_is_recorded(office: Office) -> None:
    booking = book(office, CLEO, 10, 60)
    assert may(booking, LEA, NOON) == ["extend", "move", "hand-over", "revoke"]
    office.desk.change(LEA, booking.id, office.after(minutes=20), office.after(minutes=40), None, NOON)
    office.desk.extend(LEA, booking.id, office.after(minutes=50), NOON)
    ended = office.desk.end(LEA, booking.id, BookingEvent.REVOKE, "needed elsewhere", NOON)
    assert ended.cause is EndCause.REVOKED
    told = [(e.actor, e.user, e.action, e.reason) for e in office.events if e.actor == "lea"]
    assert told == [
        ("lea", "cleo", "booking.changed", ""),
        ("lea", "cleo", "booking.extended", ""),
        ("lea", "cleo", "booking.revoked", "needed elsewhere"),
    ]
    titles = [notice.title for notice in office.desk.state(CLEO.user, NOON).notices]
    assert titles.count("A lead of your project changed your booking") == 2
    assert "A lead of your project ended your booking" in titles


def test_the_rules_of_the_owner_count_for_what_a_lead_changes(office: Office) -> None:
    book(office, CLEO, 60, 90)
    booking = book(office, CLEO, 10, 60)
    with pytest.raises(Refused, match="another booking of this pool"):
        office.desk.extend(LEA, booking.id, office.after(minutes=70), NOON)


@pytest.mark.parametrize(
    "who", [DAN, member("eve", "MAIA:ears:lead"), member("sue", "MAIA:vision:steward"), ADA]
)
def test_nobody_else_has_a_hand_in_a_booking(office: Office, who: Actor) -> None:
    booking = book(office, CLEO, 10, 60)
    assert may(booking, who, NOON) == []
    later = office.after(minutes=70)
    with pytest.raises(Forbidden):
        office.desk.change(who, booking.id, None, later, None, NOON)
    with pytest.raises(Forbidden):
        office.desk.extend(who, booking.id, later, NOON)
    with pytest.raises(Forbidden, match="leads the booking's project"):
        office.desk.end(who, booking.id, BookingEvent.REVOKE, "mine now", NOON)


def test_a_note_is_its_owners_and_cancelling_too(office: Office) -> None:
    booking = book(office, CLEO, 10, 60)
    with pytest.raises(Forbidden):
        office.desk.change(LEA, booking.id, None, None, "seen", NOON)
    with pytest.raises(Forbidden):
        office.desk.end(LEA, booking.id, BookingEvent.CANCEL, "", NOON)
    office.desk.end(BOSS, booking.id, BookingEvent.REVOKE, "as ever", NOON + timedelta(minutes=1))


def test_a_server_that_gets_a_booked_gpu_runs_for_the_bookings_project(office: Office) -> None:
    book(office, CLEO, 0, 60)
    office.start(CLEO)
    (server,) = office.desk.state(CLEO.user, NOON).sessions
    assert server.server.project == VISION
    assert office.files[-1].project == VISION
    assert [lease.project for lease in office.desk.live_leases(NOON)] == [VISION]
    offered, _ = office.desk.choices(CLEO.user, DEFAULT_SERVER, DEFAULT_PROJECT, NOON)
    assert "Your booked A6000 for vision" in [choice.label for choice in offered]


def test_people_see_what_their_projects_have_taken(limited: Callable[..., Office]) -> None:
    office = limited(Project(title="See", gpus=5))
    book(office, CLEO, 0, 60, gpus=2)
    book(office, DAN, 60 * 24, 60 * 26)
    office.desk.book(ADA, office.asked(0, 60), NOON)
    (seen,) = office.desk.projects_of(LEA, NOON)
    assert (seen.name, seen.project.title, seen.roles) == (VISION, "See", (Role.MEMBER, Role.LEAD))
    assert (seen.gpus_now, seen.hours_this_week, seen.hours_this_month) == (2, 4.0, 4.0)
    assert [view.name for view in office.desk.projects_of(DAN, NOON)] == ["ears", "vision"]
    assert [view.name for view in office.desk.projects_of(ADA, NOON)] == ["default"]
    assert [(v.name, len(v.roles)) for v in office.desk.projects_of(BOSS, NOON)] == [
        ("default", 1),
        ("vision", 0),
    ]
