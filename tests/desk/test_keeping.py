"""What comes free piece by piece is kept for who has waited longest, until it is enough; nobody else can book it."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import URL

from maia_hub.core.bookings import Booking, BookingEvent
from maia_hub.core.errors import Conflict, NotFound
from maia_hub.core.gpus import Outage
from maia_hub.core.ids import NodeId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Policy
from maia_hub.desk import Actor
from tests.desk.office import ADA, BEN, BOSS, EVE, Office, gpus
from tests.store import raw

DAY = 24 * 60
THEN = 9 * DAY
"""Minutes after noon: later than the week after which something is kept."""
NODE = NodeId("a6000-0")
FAY = Actor(UserName("fay"))


@pytest.fixture
def halves(office: Office) -> list[Booking]:
    """Each GPU is booked for itself; Ada wishes for both, and Ben for one of them."""
    made = [office.book(who, THEN, THEN + 240) for who in (BOSS, FAY)]
    wish(office, ADA, 2)
    office.go(minutes=1)
    wish(office, BEN, 1)
    return made


def wish(office: Office, who: Actor, gpus: int, latest: float = THEN, length: float = 240) -> None:
    asked = office.asked(THEN, THEN + length, gpus)
    office.desk.wish(who, asked, office.after(minutes=latest), office.now)


def cancel(office: Office, booking: Booking) -> None:
    office.desk.end(Actor(booking.user), booking.id, BookingEvent.CANCEL, "", office.now)


def states(office: Office, *people: Actor) -> list[str]:
    found = [office.desk.wishes(who.user, office.now, past=True) for who in people]
    return [wishes[-1].wish.state.value for wishes in found]


def test_before_the_week_is_over_a_piece_goes_to_who_can_use_it(
    office: Office, halves: list[Booking]
) -> None:
    office.go(days=6)
    cancel(office, halves[0])
    assert states(office, ADA, BEN) == ["waiting", "served"]


def test_after_it_pieces_are_kept_until_all_is_there(office: Office, halves: list[Booking]) -> None:
    office.go(days=8)
    cancel(office, halves[0])
    assert states(office, ADA, BEN) == ["waiting", "waiting"]
    with pytest.raises(Conflict):
        office.book(EVE, THEN, THEN + 240)
    with pytest.raises(Conflict):
        office.book(EVE, THEN + 60, THEN + 120)
    office.go(days=8.5)
    cancel(office, halves[1])
    assert states(office, ADA, BEN) == ["served", "waiting"]
    assert [b.gpus for b in office.desk.bookings(ADA, office.now, mine=True)] == [2]


def test_not_even_sql_books_what_is_kept(office: Office, where: URL, halves: list[Booking]) -> None:
    office.go(days=8)
    cancel(office, halves[0])
    with closing(raw.opened(where)) as db:
        with pytest.raises(raw.Refused, match="overbooked"):
            raw.book(db, THEN / 60, THEN / 60 + 1, node=NODE, pool="a6000")
        raw.book(db, THEN / 60 + 4, THEN / 60 + 5, node=NODE, pool="a6000")


def test_who_leaves_the_list_lets_it_go_to_the_next(office: Office, halves: list[Booking]) -> None:
    office.go(days=8)
    cancel(office, halves[0])
    (waits,) = office.desk.wishes(ADA.user, office.now)
    office.desk.withdraw_wish(ADA.user, waits.wish.id, office.now)
    assert states(office, ADA, BEN) == ["withdrawn", "served"]
    assert office.desk.outages(office.now) == []


def test_it_is_no_outage_to_administrators(office: Office, halves: list[Booking]) -> None:
    office.go(days=8)
    cancel(office, halves[0])
    assert office.desk.outages(office.now) == []
    for number in range(1, 4):
        with pytest.raises(NotFound):
            office.desk.remove_outage(BOSS, number, office.now)
    interval = Interval(office.after(minutes=THEN - 1), office.after(minutes=THEN + 1))
    (pool,) = office.desk.calendar(interval, office.now)
    (kept,) = pool.outages
    assert (kept.kept, kept.gpus, kept.reason) == (True, 1, "kept free for who has waited longest")


def test_for_whom_a_rule_refuses_anyway_nothing_is_kept(office: Office, halves: list[Booking]) -> None:
    strict = Office(office.where, policy=Policy(name="strict", max_bookings=1))
    strict.book(ADA, THEN + 300, THEN + 360)
    strict.go(days=8)
    cancel(strict, halves[0])
    assert states(strict, ADA, BEN) == ["waiting", "served"]
    strict.close()


def test_a_booking_whose_node_broke_goes_where_something_is_kept(where: URL) -> None:
    office = Office(where, found=gpus(nodes=2))
    people = [Actor(UserName(f"user-{number}")) for number in range(4)]
    made = [office.book(who, THEN, THEN + 240) for who in people]
    wish(office, ADA, 2)
    office.go(days=8)
    cancel(office, made[0])
    with pytest.raises(Conflict):
        office.book(EVE, THEN, THEN + 240)
    less = [gpu for gpu in office.found if gpu.id != "A6000-1-0"]
    for minutes in (0, 2, 4):
        office.go(days=8, minutes=minutes)
        office.desk.sync_inventory(less, office.now)
    assert office.desk.alarms(BOSS, office.now) == []
    assert [b.node for b in office.desk.bookings(BOSS, office.now) if b.live].count(NODE) == 2
    assert states(office, ADA) == ["waiting"]
    office.close()


def test_the_end_of_an_outage_is_kept_too(office: Office) -> None:
    node, then = NODE, Interval(office.after(minutes=THEN), office.after(minutes=THEN + 240))
    one = office.desk.add_outage(BOSS, Outage(node, then, 1, "a fan"), office.now)
    booked = office.book(BOSS, THEN, THEN + 240)
    wish(office, ADA, 2)
    office.go(minutes=1)
    wish(office, BEN, 1)
    office.go(days=8)
    office.desk.remove_outage(BOSS, one, office.now)
    assert states(office, ADA, BEN) == ["waiting", "waiting"]
    cancel(office, booked)
    assert states(office, ADA, BEN) == ["served", "waiting"]


def test_what_lies_beyond_how_far_one_may_book_is_kept_and_booked_when_it_comes_within(where: URL) -> None:
    near = Office(where, policy=Policy(name="near", horizon=timedelta(days=10)))
    for day in range(-9, 8):
        near.now = near.after(days=max(day, 0))
        near.book(Actor(UserName(f"user-{day}")), (day + 9) * DAY, (day + 10) * DAY, gpus=2)
        if day == 0:
            near.desk.wish(ADA, near.asked(0, 240, 2), near.after(days=30), near.now)
    near.go(days=7.02)
    assert states(near, ADA) == ["waiting"]
    with pytest.raises(Conflict):
        near.book(EVE, 17 * DAY, 17 * DAY + 20)
    near.go(days=7.2)
    assert states(near, ADA) == ["served"]
    near.close()


def test_of_what_comes_free_elsewhere_and_there_at_once_the_latter_is_kept(
    office: Office, halves: list[Booking]
) -> None:
    office.book(EVE, THEN + 300, THEN + 360, gpus=2)
    office.go(days=8)
    cancel(office, halves[0])
    early = office.after(minutes=THEN + 300), office.after(minutes=THEN + 330)
    (booking,) = [b for b in office.desk.bookings(EVE, office.now, mine=True) if b.live]
    office.desk.change(EVE, booking.id, *early, None, office.now)
    assert states(office, ADA, BEN) == ["waiting", "waiting"]
    with pytest.raises(Conflict):
        office.book(Actor(UserName("gil")), THEN, THEN + 240)
    cancel(office, halves[1])
    assert states(office, ADA, BEN) == ["served", "waiting"]
