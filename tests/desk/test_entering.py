"""Staff may open those servers that hold GPUs of their class, while it runs, and the audit log says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maia_hub.core.entry import Entry
from maia_hub.core.errors import Forbidden
from maia_hub.core.ids import DEFAULT_SERVER, ServerName, UserName
from maia_hub.desk import Search
from tests.desk.lessons import TOM, changed, course
from tests.desk.office import ADA, BEN, BOSS, Office

HERS = Entry(ADA.user, DEFAULT_SERVER, TOM)


def let_in(office: Office) -> tuple[Entry, ...]:
    """Do as the loop does with whom it lets in."""
    due = office.desk.entries_due(office.now)
    for entry in due.let_in:
        assert office.desk.entry_begins(entry, office.now)
        office.desk.entry_given(entry, office.now)
    return due.let_in


def shut_out(office: Office) -> tuple[Entry, ...]:
    due = office.desk.entries_due(office.now)
    for entry in due.shut_out:
        office.desk.entry_ended(entry, office.now)
    return due.shut_out


def test_only_the_server_that_holds_gpus_of_the_class_may_be_opened(office: Office) -> None:
    course(office, ADA.user)
    assert let_in(office) == (), "nobody has come yet"
    office.start(ADA)
    office.start(ADA, "cpu", ServerName("thesis"))
    office.start(BEN, "cpu")
    assert let_in(office) == (HERS,)
    due = office.desk.entries_due(office.now)
    assert (due.let_in, due.shut_out, due.next_at) == ((), (), office.after(hours=4))


def test_it_ends_with_the_class(office: Office) -> None:
    course(office, ADA.user)
    office.start(ADA)
    let_in(office)
    office.go(hours=4)
    assert shut_out(office) == (HERS,)
    assert office.desk.entries_due(office.now).shut_out == ()
    told = [e.action for e in office.desk.audit(BOSS, office.now, search=Search(user=ADA.user))]
    assert [action for action in told if action.startswith("entry.")] == ["entry.ended", "entry.given"]


def test_it_ends_when_the_student_stops_or_leaves_the_group_and_when_the_staff_changes(
    office: Office,
) -> None:
    made = course(office, ADA.user, BEN.user)
    grant = office.start(ADA)
    let_in(office)
    changed(office, made, teacher=UserName("eve"), staff=())
    assert shut_out(office) == (HERS,)
    assert let_in(office) == (Entry(ADA.user, DEFAULT_SERVER, UserName("eve")),)
    changed(office, made, groups=(replace(made.groups[0], members=(BEN.user,)),))
    assert len(shut_out(office)) == 1
    assert let_in(office) == (), "she holds a GPU of it, and is no more in its group"
    changed(office, made)
    assert let_in(office) == (HERS,)
    office.stop(grant.id)
    assert shut_out(office) == (HERS,)


def test_a_class_that_was_ended_lets_nobody_in_however_long_its_bookings_still_run(office: Office) -> None:
    made = course(office, ADA.user)
    office.start(ADA)
    let_in(office)
    changed(office, made, ended=office.now)
    assert shut_out(office) == (HERS,)
    assert let_in(office) == ()


def test_what_the_hub_was_asked_for_and_never_answered_is_taken_back_like_the_rest(office: Office) -> None:
    made = course(office, ADA.user)
    office.start(ADA)
    assert office.desk.entry_begins(HERS, office.now)
    assert office.desk.entries_due(office.now).unsure == (HERS,)
    changed(office, made, ended=office.now)
    assert shut_out(office) == (HERS,)
    assert not office.desk.entry_begins(HERS, office.now), "too late"


def test_a_visit_is_told_and_recorded_once_and_again_after_a_pause(office: Office) -> None:
    course(office, ADA.user)
    office.start(ADA)
    let_in(office)
    for minute in (0, 1, 10, 40):
        office.go(minutes=minute)
        office.desk.visited(HERS, office.now)
    (session,) = office.desk.state(ADA.user, office.now).sessions
    assert session.entrants == (TOM,)
    last, first = session.visits
    assert ((first.since, first.last), first.is_here(office.now)) == (
        (office.after(minutes=0), office.after(minutes=10)),
        False,
    )
    assert last.is_here(office.now)
    told = office.desk.audit(BOSS, office.now, search=Search(user=TOM, action="server.visited"))
    assert [(event.actor, event.user) for event in told] == [(TOM, ADA.user)] * 2
    assert office.notices(ADA) == ["info"]
    assert [e.visitor for e in office.desk.state(TOM, office.now).open_to] == [TOM]
    office.go(days=40)
    office.desk.forget(timedelta(days=35), office.now)
    with office.store.read() as tx:
        assert tx.entries.latest(HERS) is None


def test_who_is_still_let_in_by_the_hub_after_the_class_is_turned_away(office: Office) -> None:
    made = course(office, ADA.user)
    office.start(ADA)
    let_in(office)
    changed(office, made, ended=office.now)
    with pytest.raises(Forbidden, match="is over"):
        office.desk.visited(HERS, office.now)
    shut_out(office)
    office.desk.visited(HERS, office.now)  # by a right of the hub's that is none of ours
    (event,) = office.desk.audit(BOSS, office.now, search=Search(action="server.visited"))
    assert event.after == {"server": "", "visitor": TOM}


def test_a_site_that_wants_none_lets_nobody_in_and_takes_back_what_was_given(office: Office) -> None:
    course(office, ADA.user)
    office.start(ADA)
    let_in(office)
    office.desk.policies = replace(office.desk.policies, staff_entry=False)
    due = office.desk.entries_due(office.now)
    assert (due.shut_out, due.unsure, due.let_in, due.next_at) == ((HERS,), (), (), None)
    assert not office.desk.entry_begins(HERS, office.now)
    assert office.desk.state(TOM, office.now).open_to == (), (
        "it is not offered while it is yet to be taken back"
    )
    with pytest.raises(Forbidden):
        office.desk.visited(HERS, office.now)
    assert shut_out(office) == (HERS,)
    assert office.desk.state(ADA.user, office.now).sessions[0].entrants == ()
    assert let_in(office) == ()
