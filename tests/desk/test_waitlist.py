"""Who waits for booked time gets it as it comes free: at once, in order, by the rules, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from maia_hub.core.bookings import Booking, BookingEvent, BookingState
from maia_hub.core.errors import Conflict, InvalidInput, NotFound, Refused
from maia_hub.core.gpus import Outage
from maia_hub.core.ids import NodeId, ProjectId, WishId, new_wish_id
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Policy
from maia_hub.core.projects import Project, Projects, Role
from maia_hub.core.waitlist import WishState
from maia_hub.desk import Actor, WishView
from tests.desk.office import ADA, BEN, BOSS, EVE, Office, gpus

LATE = 300
"""Minutes after noon: not so soon that it would only be offered."""


@pytest.fixture
def full(office: Office) -> Booking:
    """Both GPUs booked for four hours, from 17:00 on."""
    return office.book(BOSS, LATE, LATE + 240, gpus=2)


def wish(
    office: Office,
    who: Actor,
    start: float = LATE,
    end: float = LATE + 240,
    *,
    gpus: int = 2,
    latest: float | None = None,
) -> WishView:
    latest_start = None if latest is None else office.after(minutes=latest)
    return office.desk.wish(who, office.asked(start, end, gpus), latest_start, office.now)


def cancel(office: Office, booking: Booking, event: BookingEvent = BookingEvent.CANCEL) -> None:
    office.desk.end(Actor(booking.user), booking.id, event, "", office.now)


def wishes(office: Office, who: Actor) -> list[WishView]:
    return office.desk.wishes(who.user, office.now, past=True)


def state(office: Office, who: Actor) -> str:
    return wishes(office, who)[-1].wish.state.value


def live(office: Office, who: Actor) -> list[Booking]:
    found = office.desk.bookings(who, office.now, mine=True)
    return [b for b in found if b.live]


def test_what_is_cancelled_is_booked_for_who_waits_in_the_same_moment(office: Office, full: Booking) -> None:
    waits = wish(office, ADA)
    assert (waits.wish.state, waits.place, waits.expected) == (WishState.WAITING, 1, None)
    cancel(office, full)
    (got,) = live(office, ADA)
    assert (got.interval, got.gpus, got.state) == (full.interval, 2, BookingState.CONFIRMED)
    assert state(office, ADA) == "served"
    assert wishes(office, ADA)[0].booking == got
    assert office.notices(ADA) == ["waitlist"]


def test_the_first_in_order_gets_it_and_the_others_move_up(office: Office, full: Booking) -> None:
    office.book(ADA, 100, 160)
    for number, who in enumerate((ADA, BEN, EVE)):
        office.now = office.after(minutes=number)
        wish(office, who)
    assert [w.place for who in (BEN, EVE, ADA) for w in wishes(office, who)] == [1, 2, 3]
    cancel(office, full)
    assert [state(office, who) for who in (BEN, EVE, ADA)] == ["served", "waiting", "waiting"]
    assert [w.place for who in (EVE, ADA) for w in wishes(office, who)] == [1, 2]


def test_an_early_release_opens_what_is_left_of_a_running_booking(office: Office) -> None:
    running = office.book(BOSS, 0, 600, gpus=2)
    office.start(BOSS)
    wish(office, ADA, 60, 180, latest=400)
    office.now = office.after(minutes=70)
    cancel(office, running, BookingEvent.RELEASE)
    (got,) = live(office, ADA)
    assert got.interval.start == office.now + office.closing.saving + office.closing.drain
    assert state(office, ADA) == "offered"


def test_what_a_shorter_and_a_moved_booking_leave_is_free(office: Office, full: Booking) -> None:
    wish(office, ADA, LATE + 120, LATE + 240)
    wish(office, BEN, LATE, LATE + 60)
    until = office.after(minutes=LATE + 120)
    shorter = office.desk.change(BOSS, full.id, None, until, None, office.now)
    assert [state(office, who) for who in (ADA, BEN)] == ["served", "waiting"]
    start, end = office.after(minutes=LATE + 300), office.after(minutes=LATE + 420)
    office.desk.change(BOSS, shorter.id, start, end, None, office.now)
    assert state(office, BEN) == "served"


def test_a_booking_that_nobody_uses_opens_for_who_waits(office: Office) -> None:
    no_show = Office(office.where, policy=Policy(name="strict", no_show_after=timedelta(minutes=20)))
    no_show.book(BOSS, 0, 600, gpus=2)
    wish(no_show, ADA, 0, 120, latest=240)
    no_show.go(minutes=21)
    assert state(no_show, ADA) == "offered"
    no_show.close()


def test_the_end_of_an_outage_opens_its_gpus(office: Office) -> None:
    node = NodeId("a6000-0")
    interval = Interval(office.after(minutes=LATE), office.after(minutes=LATE + 240))
    outage = office.desk.add_outage(BOSS, Outage(node, interval, 2, "cleaning"), office.now)
    wish(office, ADA)
    office.desk.remove_outage(BOSS, outage, office.now)
    assert state(office, ADA) == "served"


def test_gpus_that_are_added_are_for_who_waits(office: Office, full: Booking) -> None:
    wish(office, ADA)
    office.desk.sync_inventory(gpus(nodes=2), office.now)
    office.go(seconds=5)
    assert state(office, ADA) == "served"
    assert live(office, ADA)[0].node == NodeId("a6000-1")


def test_what_is_free_is_booked_at_once_and_not_waited_for(office: Office) -> None:
    got = wish(office, ADA, 0, 60)
    assert (got.wish.state, got.place) == (WishState.SERVED, None)
    assert got.booking is not None


def test_a_window_takes_the_first_time_in_it_that_opens(office: Office, full: Booking) -> None:
    office.book(BOSS, 0, LATE, gpus=2)
    wish(office, ADA, 0, 120, latest=LATE + 60)
    cancel(office, full)
    assert live(office, ADA)[0].interval.start == office.after(minutes=LATE)


def test_what_begins_soon_is_offered_and_goes_to_the_next_if_it_is_not_taken(office: Office) -> None:
    soon = office.book(BOSS, 30, 270, gpus=2)
    wish(office, ADA, 30, 270)
    office.now = office.after(minutes=1)
    wish(office, BEN, 30, 270)
    cancel(office, soon)
    assert [state(office, who) for who in (ADA, BEN)] == ["offered", "waiting"]
    assert office.notices(ADA) == ["waitlist-offer"]
    assert office.desk.due(office.now).next_at == office.after(minutes=16)
    office.go(minutes=16)
    assert [state(office, who) for who in (ADA, BEN)] == ["lapsed", "offered"]
    assert office.notices(ADA) == ["waitlist"]
    assert live(office, ADA) == []
    taken = office.desk.accept_wish(BEN, wishes(office, BEN)[0].wish.id, office.now)
    assert [b.id for b in live(office, BEN)] == [taken.id]
    assert (state(office, BEN), office.notices(BEN)) == ("served", [])
    office.go(minutes=40)
    assert live(office, BEN) != []


def test_who_declines_waits_on_for_what_begins_later(office: Office) -> None:
    soon = office.book(BOSS, 30, 150, gpus=2)
    later = office.book(BOSS, 150, 900, gpus=2)
    wish(office, ADA, 30, 150, latest=600)
    cancel(office, soon)
    office.desk.decline_wish(ADA.user, wishes(office, ADA)[0].wish.id, office.now)
    assert (state(office, ADA), live(office, ADA)) == ("waiting", [])
    cancel(office, later)
    assert live(office, ADA)[0].interval.start == office.after(minutes=150)


def test_who_uses_what_is_offered_has_taken_it_and_who_cancels_it_has_not(office: Office) -> None:
    for who, start in ((ADA, 0), (BEN, 240)):
        first = office.book(BOSS, start, start + 240, gpus=2)
        office.go(minutes=start)
        wish(office, who, start, start + 120, latest=start + 60)
        cancel(office, first)
        assert state(office, who) == "offered"
        if who is ADA:
            office.start(ADA)
        else:
            cancel(office, live(office, BEN)[0])
        office.desk.tick(office.now)
    assert [state(office, who) for who in (ADA, BEN)] == ["served", "declined"]


def test_who_extends_what_is_offered_has_taken_it(office: Office) -> None:
    soon = office.book(BOSS, 30, 270, gpus=2)
    wish(office, ADA, 30, 150)
    cancel(office, soon)
    (offered,) = live(office, ADA)
    office.desk.extend(ADA, offered.id, office.after(minutes=200), office.now)
    office.go(minutes=20)
    assert (state(office, ADA), len(live(office, ADA))) == ("served", 1)


def test_a_wish_is_withdrawn_and_what_was_offered_goes_on(office: Office) -> None:
    soon = office.book(BOSS, 30, 270, gpus=2)
    wish(office, ADA, 30, 270)
    wish(office, BEN, 30, 270)
    cancel(office, soon)
    first, second = (ADA, BEN) if state(office, ADA) == "offered" else (BEN, ADA)
    office.desk.withdraw_wish(first.user, wishes(office, first)[0].wish.id, office.now)
    assert [state(office, who) for who in (first, second)] == ["withdrawn", "offered"]
    assert live(office, first) == []


def test_a_wish_whose_time_has_passed_ends_with_a_notice(office: Office, full: Booking) -> None:
    wish(office, ADA)
    office.go(minutes=LATE + 1)
    assert (state(office, ADA), office.notices(ADA)) == ("passed", ["waitlist"])


def test_a_rule_passes_a_wish_over_with_its_reason_and_not_for_ever(office: Office, full: Booking) -> None:
    one = Office(office.where, policy=Policy(name="one", max_bookings=1))
    other = one.book(ADA, 600, 605)
    wish(one, ADA)
    one.now = one.after(minutes=1)
    wish(one, BEN)
    one.desk.end(BOSS, full.id, BookingEvent.CANCEL, "", one.now)
    assert [state(one, who) for who in (ADA, BEN)] == ["waiting", "served"]
    assert "as many bookings as you may" in wishes(one, ADA)[0].wish.reason
    one.desk.end(BEN, live(one, BEN)[0].id, BookingEvent.CANCEL, "", one.now)
    assert state(one, ADA) == "waiting"
    one.desk.end(ADA, other.id, BookingEvent.CANCEL, "", one.now)
    one.go(minutes=10)
    assert (state(one, ADA), wishes(one, ADA)[0].wish.reason) == ("served", "")
    one.close()


def test_the_quota_of_a_project_counts_when_time_opens(office: Office, full: Booking) -> None:
    vision = ProjectId("vision")
    rules = Projects(known={vision: Project(gpus=1)})
    small = Office(office.where, projects=rules)
    ada = Actor(ADA.user, projects={vision: frozenset({Role.MEMBER})})
    asked = small.asked(LATE, LATE + 240, 2)
    small.desk.wish(ada, replace(asked, project=vision), None, small.now)
    small.desk.end(BOSS, full.id, BookingEvent.CANCEL, "", small.now)
    (shown,) = wishes(small, ada)
    assert shown.wish.state is WishState.WAITING
    assert "vision would hold too many GPUs" in shown.wish.reason
    small.close()


def test_what_can_never_be_is_refused_when_it_is_asked_for(office: Office, full: Booking) -> None:
    short = Office(office.where, policy=Policy(name="short", max_duration=timedelta(hours=1)))
    with pytest.raises(Refused, match="too long"):
        wish(short, ADA)
    with pytest.raises(InvalidInput, match="number of GPUs"):
        wish(short, ADA, gpus=9)
    with pytest.raises(InvalidInput, match="begun already"):
        wish(short, ADA, -60, -1)
    short.close()


def test_nobody_fills_the_list_alone(office: Office, full: Booking) -> None:
    for _ in range(office.desk.policies.waiting.most):
        wish(office, ADA)
    with pytest.raises(Conflict, match="as many wishes"):
        wish(office, ADA)


def test_what_is_not_ones_own_or_not_there_is_said_so(office: Office, full: Booking) -> None:
    mine = wish(office, ADA).wish.id
    for wish_id, who in ((mine, BEN), (new_wish_id(), ADA)):
        with pytest.raises(NotFound):
            office.desk.withdraw_wish(who.user, WishId(wish_id), office.now)
    for act in (office.desk.accept_wish, lambda a, w, n: office.desk.decline_wish(a.user, w, n)):
        with pytest.raises(Conflict, match="Nothing is offered"):
            act(ADA, mine, office.now)
    office.desk.withdraw_wish(ADA.user, mine, office.now)
    with pytest.raises(Conflict, match="not on the waiting list"):
        office.desk.withdraw_wish(ADA.user, mine, office.now)


def test_what_opened_lately_says_when_the_next_can_be_expected(office: Office) -> None:
    for _ in range(14):
        cancel(office, office.book(BOSS, 600, 900, gpus=2))
    office.book(BOSS, LATE, 60 * 24 * 30, gpus=2)
    got = wish(office, ADA, LATE, LATE + 240, latest=60 * 24 * 20)
    assert got.expected == office.after(days=2)
