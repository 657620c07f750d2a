"""What is remembered between questions is never older than a question: all answers are as if all had been read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import URL, insert

from maia_hub.core.amendments import SITE, Amendment, Kind
from maia_hub.core.bookings import BookingEvent, BookingState
from maia_hub.core.errors import MaiaError, Overbooked, Refused
from maia_hub.core.gpus import Outage, Trouble
from maia_hub.core.ids import NodeId, UserName, new_booking_id
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Policy, PolicySet
from maia_hub.desk import Actor, Desk, Verdict
from maia_hub.desk.picture import Seen
from maia_hub.store import Store
from maia_hub.store.bookings import _values
from maia_hub.store.tables import bookings
from tests.desk.office import ADA, BEN, BOSS, NOON, Office, gpus

STEPS = 60
PEOPLE = [Actor(UserName(name)) for name in ("ada", "ben", "eve", "fay")]


class Second(Office):
    """Another process' desk at the same database."""

    def __post_init__(self) -> None:
        assert isinstance(self.where, URL)
        self.store = Store(self.where)
        self.desk = Desk(self.store, PolicySet(self.policy), self.closing, self._told, self.events.append)


@pytest.fixture
def pair(where: URL) -> Iterator[tuple[Office, Office]]:
    """Two desks of one database, of which each hears nothing of the other."""
    here = Office(where, found=gpus(nodes=2))
    there = Second(where, found=gpus(nodes=2))
    yield here, there
    there.close()
    here.close()


def verdict(office: Office, who: Actor, start: float, end: float, gpus: int) -> Verdict:
    return office.desk.check(who, office.asked(start, end, gpus), office.now)


def step(office: Office, chance: Random) -> None:
    """Change something that questions are about."""
    start, user = chance.randrange(0, 600, 15), chance.choice(PEOPLE)
    own = [b for b in office.desk.bookings(user, office.now, mine=True) if b.live]
    changed = chance.choice(own) if own else None

    def book() -> None:
        office.book(user, start, start + chance.choice((30, 60, 240)), chance.randint(1, 2))

    def end() -> None:
        if changed is not None:
            began = changed.state is BookingState.ACTIVE
            event = BookingEvent.RELEASE if began else BookingEvent.CANCEL
            office.desk.end(user, changed.id, event, "", office.now)

    def move() -> None:
        if changed is not None:
            later = office.after(minutes=start), office.after(minutes=start + 45)
            office.desk.change(user, changed.id, *later, None, office.now)

    def outage() -> None:
        known = office.desk.outages(office.now)
        if known and chance.random() < 0.5:
            office.desk.remove_outage(BOSS, known[0][0], office.now)
        else:
            time = Interval(office.after(minutes=start), office.after(minutes=start + 90))
            planned = Outage(NodeId("a6000-1"), time, 1, "cleaning")
            office.desk.add_outage(BOSS, planned, office.now, despite_bookings=True)

    def trouble() -> None:
        away = [Trouble(NodeId("a6000-0"), "away", away=True)] if chance.random() < 0.5 else []
        office.desk.sync_inventory(office.found, office.now, away)

    acts: list[Callable[[], None]] = [*[book] * 6, end, end, move, move, outage, trouble]
    with suppress(MaiaError):
        chance.choice(acts)()


def test_two_desks_and_one_that_remembers_nothing_always_say_the_same(pair: tuple[Office, Office]) -> None:
    chance, seen = Random(7), []
    for number in range(STEPS):
        for office in pair:
            office.now = NOON + timedelta(minutes=4 * number)
        step(chance.choice(pair), chance)
        with closing(Second(pair[0].where)) as fresh:
            fresh.now = pair[0].now
            for _ in range(2):
                start = 4 * number + chance.randrange(1, 600)
                asked = chance.choice(PEOPLE), start, start + chance.choice((30, 120)), chance.randint(1, 2)
                first, second, new = (verdict(each, *asked) for each in (*pair, fresh))
                assert first == second == new
                seen.append((new.allowed, bool(new.refusals)))
    assert len(set(seen)) == 3  # allowed, refused by a rule, and taken


def test_a_change_of_the_rules_at_one_desk_holds_for_the_next_booking_at_the_other(
    pair: tuple[Office, Office],
) -> None:
    here, there = pair
    there.book(ADA, 60, 120)
    short = Policy(name="short", max_duration=timedelta(minutes=30))
    change = Amendment(
        kind=Kind.POLICY, project=SITE, terms=short, at=here.now, by=BOSS.user, reason="too long"
    )
    here.desk.amend(BOSS, change, here.now)
    with pytest.raises(Refused):
        there.book(BEN, 60, 120)
    assert [r.rule for r in verdict(there, BEN, 60, 120, 1).refusals] == ["max-duration"]


def test_a_booking_past_the_program_is_overbooked_by_nobody_and_seen_after_a_while(office: Office) -> None:
    first = office.book(ADA, 60, 120, 2)
    office.desk.end(ADA, first.id, BookingEvent.CANCEL, "", office.now)
    with office.store.write() as tx:
        there = replace(first, user=BEN.user, id=new_booking_id())
        tx.connection.execute(insert(bookings).values(id=there.id, **_values(there)))
    assert verdict(office, ADA, 60, 120, 1).allowed
    with pytest.raises(Overbooked):
        office.book(ADA, 60, 120)
    office.now += timedelta(minutes=10)
    assert not verdict(office, ADA, 60, 120, 1).allowed


def test_for_a_rules_refusal_the_others_bookings_are_not_looked_through(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.book(ADA, 60, 120)
    monkeypatch.setattr(Seen, "occupying", lambda *_: pytest.fail("all of them"))
    assert [r.rule for r in verdict(office, ADA, 60, 90, 1).refusals] == ["overlap"]
    assert verdict(office, BEN, 60, 90, 1).allowed
