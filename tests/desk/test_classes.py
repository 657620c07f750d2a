"""Classes: every group has its own booking on every date, its members use it, and one call ends it for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.bookings import BookingEvent, BookingState
from maia_hub.core.errors import ChangedMeanwhile, Conflict, Forbidden, InvalidInput, NotFound, Refused
from maia_hub.core.ids import DEFAULT_PROJECT, PoolId, ServerName, UserName, new_lease_id
from maia_hub.core.leases import GrantKind
from maia_hub.core.policy import Policy
from maia_hub.core.projects import Project, Projects, Role
from maia_hub.core.rights import Ask
from maia_hub.desk import Actor, ClassView, ClassWish
from tests.desk.office import ADA, BEN, BOSS, EVE, Office, gpus

LEAD = {DEFAULT_PROJECT: frozenset({Role.MEMBER, Role.LEAD})}
TOM = Actor(UserName("tom"), projects=LEAD, portal=True)
KIM = Actor(UserName("kim"), portal=True)
WEEK = 7 * 24 * 60


def wish(office: Office, roster: str = "A,ada\nA,ben\nB,eve\n", count: int = 3, **more: object) -> ClassWish:
    """Return the wish for an hour a week, an hour from now."""
    asked = office.asked(60, 120)
    made = ClassWish(
        name="Deep learning",
        project=DEFAULT_PROJECT,
        pool=PoolId("A6000"),
        gpus=1,
        first=asked.interval,
        rule=f"FREQ=WEEKLY;COUNT={count}",
        zone="UTC",
        roster=roster,
        staff=(KIM.user,),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def made(office: Office, **more: object) -> ClassView:
    pool = office.desk.pools(office.now)[0].id
    return office.desk.make_class(TOM, wish(office, pool=pool, **more), office.now)  # type: ignore[arg-type]


def test_every_group_has_a_booking_of_its_own_on_every_date(office: Office) -> None:
    view = made(office)
    assert [(b.user, (b.interval.start - office.now) // timedelta(weeks=1)) for b in view.bookings] == [
        (f"Deep learning / {group}", week) for week in range(3) for group in "AB"
    ]
    assert office.desk.class_(ADA, view.course.id, office.now).course == view.course
    assert [len(office.desk.bookings(who, office.now, mine=True)) for who in (ADA, EVE, TOM)] == [3, 3, 0]
    assert len(office.desk.state(ADA.user, office.now).bookings) == 3
    assert "info" in office.notices(ADA)
    assert [e.action for e in office.events if e.action.startswith("class")] == ["class.made"]
    for who, found in ((TOM, 1), (KIM, 1), (EVE, 1), (BOSS, 1), (Actor(UserName("zoe")), 0)):
        assert len(office.desk.classes(who, office.now)) == found


def test_only_who_leads_the_project_makes_and_changes_classes(office: Office) -> None:
    view = made(office)
    for who in (ADA, KIM):
        with pytest.raises(Forbidden):
            office.desk.make_class(who, wish(office), office.now)
        with pytest.raises(Forbidden):
            office.desk.end_class(who, view.course.id, "", office.now)
        with pytest.raises(Forbidden):
            office.desk.change_class(who, view.course.id, "A,ada", None, office.now)
    with pytest.raises(NotFound):
        office.desk.class_(Actor(UserName("zoe")), view.course.id, office.now)


def test_members_share_what_their_group_has_and_nothing_of_others(office: Office) -> None:
    made(office)
    offered = office.desk.choices(ADA.user, ServerName(""), DEFAULT_PROJECT, office.now)[0]
    assert (offered[1].enabled, offered[1].next_free) == (False, office.after(minutes=60))
    office.go(minutes=61)
    first = office.start(ADA)
    assert (first.kind, len(first.gpus), first.until) == (GrantKind.BOOKED, 1, office.after(minutes=120))
    assert "Deep learning, group A" in first.reason
    second = office.start(BEN)
    assert (second.kind, "Others of your group" in second.reason) == (GrantKind.CPU, True)
    assert office.start(EVE).kind is GrantKind.BOOKED
    office.stop(first.id)
    offered = office.desk.choices(BEN.user, ServerName(""), DEFAULT_PROJECT, office.now)[0]
    assert [c.label for c in offered if c.enabled and c.kind is GrantKind.BOOKED] == [
        f"Deep learning, group A: {first.gpus[0].product}"
    ]
    assert office.start(TOM).kind is GrantKind.CPU
    office.go(minutes=121)
    assert {b.state for b in office.desk.bookings(ADA, office.now, mine=True)[:1]} == {BookingState.ENDED}


def test_a_group_of_two_divides_its_gpus_and_a_pod_gets_what_is_left(office: Office) -> None:
    view = made(office, gpus=2, roster="A,ada\nA,ben\n", count=1)
    office.go(minutes=61)
    assert len(office.start(ADA).gpus) == 1
    resource = "nvidia.com/gpu"
    right = office.desk.proposal(Ask(user=BEN.user, resource=resource, gpus=1), new_lease_id(), office.now)
    assert right.booking == view.bookings[0].id
    with pytest.raises(Forbidden):
        office.desk.proposal(Ask(user=EVE.user, resource=resource, gpus=1), new_lease_id(), office.now)
    assert len(office.start(BEN).gpus) == 1


def test_rules_for_people_do_not_refuse_a_class_but_quotas_of_the_project_do(tmp_path: Path) -> None:
    strict = Policy(
        name="strict", max_bookings=1, horizon=timedelta(days=1), max_duration=timedelta(minutes=1)
    )
    projects = Projects(known={DEFAULT_PROJECT: Project(gpus=1)})
    office = Office(tmp_path, policy=strict)
    assert len(made(office).bookings) == 6
    office.close()
    other = tmp_path / "other"
    other.mkdir()
    office = Office(other, projects=projects)
    with pytest.raises(Refused) as told:
        made(office)
    assert "too many GPUs at a time" in str(told.value.details["refusals"])
    office.close()


def test_dates_that_cannot_be_had_are_told_and_left_out_if_that_is_asked_for(office: Office) -> None:
    office.book(BOSS, WEEK + 60, WEEK + 90)
    pool = office.desk.pools(office.now)[0].id
    before = list(office.events)
    preview = office.desk.check_class(TOM, wish(office, pool=pool), office.now)
    assert [each.error is None for each in preview.dates] == [True, False, True]
    assert [len(each.bookings) for each in preview.dates] == [2, 0, 2]
    assert "but for 1" in str(preview.dates[1].error)
    assert (office.events, office.desk.classes(TOM, office.now)) == (before, [])
    with pytest.raises(Refused):
        made(office)
    view = made(office, partly=True)
    assert (len(view.bookings), len(view.missing)) == (4, 1)


def test_a_wrong_list_saves_nothing_and_is_told_in_the_preview(office: Office) -> None:
    bad = wish(office, roster="A,ada\nB\n")
    assert [fault.line for fault in office.desk.check_class(TOM, bad, office.now).faults] == [2]
    with pytest.raises(InvalidInput, match="1 line "):
        office.desk.make_class(TOM, bad, office.now)
    many = "".join(f"G{n},u{n}\n" for n in range(200))
    with pytest.raises(InvalidInput, match="so many dates"):
        made(office, roster=many)
    assert office.desk.classes(TOM, office.now) == []


def test_others_make_room_where_only_their_places_are_in_the_way(tmp_path: Path) -> None:
    office = Office(tmp_path, found=gpus(nodes=2, each=2))
    both = [office.book(ADA, 0, 120), office.book(BEN, 30, 90), office.book(EVE, 60, 120)]
    office.desk.end(ADA, both[0].id, BookingEvent.CANCEL, "", office.now)
    assert len({office.desk.booking(each.id, office.now).node for each in both[1:]}) == 2
    view = made(office, gpus=2, roster="A,ada\n", count=1)
    assert len(view.bookings) == 1
    assert len({office.desk.booking(each.id, office.now).node for each in both[1:]}) == 1
    office.close()


def test_groups_change_and_bookings_and_servers_follow(office: Office) -> None:
    view = made(office)
    office.go(minutes=61)
    grant = office.start(EVE)
    seen = "stale"
    with pytest.raises(ChangedMeanwhile):
        office.desk.change_class(TOM, view.course.id, "A,ada\n", None, office.now, seen=[seen])
    moved = office.desk.change_class(TOM, view.course.id, "A,ada\nA,eve\nB,ben\n", [], office.now)
    assert [group.members for group in moved.course.groups] == [("ada", "eve"), ("ben",)]
    assert [group.id for group in moved.course.groups] == [group.id for group in view.course.groups]
    (lease,) = [each for each in office.desk.live_leases(office.now) if each.id == grant.id]
    assert lease.until is not None
    assert lease.until < office.after(minutes=63)
    less = office.desk.change_class(TOM, view.course.id, "A,ada\nA,eve\n", None, office.now)
    live = [b for b in less.bookings if b.live and b.interval.start > office.now]
    assert {b.group for b in live} == {view.course.groups[0].id}
    more = office.desk.change_class(TOM, view.course.id, "A,ada\nC,eve\n", None, office.now.replace(minute=3))
    assert {b.user for b in more.bookings if b.live and b.interval.start > office.now} == {
        "Deep learning / A",
        "Deep learning / C",
    }


def test_staff_extend_in_the_portal_and_nobody_moves_or_hands_over_a_class(office: Office) -> None:
    view = made(office)
    booking = view.bookings[0]
    office.go(minutes=61)
    grant = office.start(ADA)
    later = office.after(minutes=130)
    for who in (ADA, EVE, replace(KIM, portal=False)):
        with pytest.raises(Forbidden):
            office.desk.extend(who, booking.id, later, office.now)
    assert office.desk.extend(KIM, booking.id, later, office.now).interval.end == later
    assert next(x.until for x in office.desk.live_leases(office.now) if x.id == grant.id) == later
    with pytest.raises(Conflict):
        office.desk.change(TOM, view.bookings[2].id, later, office.after(minutes=150), None, office.now)
    with pytest.raises(Conflict):
        office.desk.hand_over(TOM, booking.id, BEN, office.now)


def test_a_date_is_cancelled_and_one_call_ends_it_for_all(office: Office) -> None:
    view = made(office)
    again = office.desk.cancel_class_date(TOM, view.course.id, view.bookings[2].interval.start, office.now)
    assert [b.live for b in again.bookings] == [True, True, False, False, True, True]
    office.go(minutes=61)
    office.start(ADA)
    ended = office.desk.end_class(TOM, view.course.id, "the term is over", office.now)
    assert [b.live for b in ended.bookings] == [False] * 6
    (lease,) = office.desk.live_leases(office.now)
    assert lease.until is not None
    assert lease.until < office.after(minutes=63)
    assert office.desk.state(EVE.user, office.now).bookings == ()
    with pytest.raises(Conflict):
        office.desk.end_class(TOM, view.course.id, "", office.now)
    told = [e.action for e in office.desk.audit(BOSS, office.now) if e.action.startswith("class")]
    assert told == ["class.ended", "class.date-cancelled", "class.made"]


def test_an_unused_class_is_not_given_up_and_all_who_are_in_it_are_told_that_it_began(tmp_path: Path) -> None:
    soon = Policy(name="soon", no_show_after=timedelta(minutes=5), no_show_warning=timedelta(minutes=1))
    office = Office(tmp_path, policy=soon)
    made(office, count=1)
    for who in (ADA, BEN):
        office.start(who, "cpu")
    office.go(minutes=60)
    office.go(minutes=80)
    assert [("switch" in office.notices(who)) for who in (ADA, BEN)] == [True, True]
    assert {b.state for b in office.desk.bookings(ADA, office.now, mine=True)} == {BookingState.CONFIRMED}
    assert office.desk.due(office.now).next_at == office.after(minutes=120)
    office.close()
