"""Cancellations, ticks and new wishes in two processes at once: each slot is promoted once, and to one."""

from __future__ import annotations

from collections import Counter
from multiprocessing.synchronize import Barrier

from sqlalchemy import URL

from maia_hub.core.bookings import BookingEvent, BookingState
from maia_hub.core.ids import UserName
from maia_hub.desk import Actor
from tests.desk.office import BOSS, Office
from tests.desk.test_races import race

SLOTS = 8
_FIRST = 300  # minutes after noon, not so soon that it would be offered


def _cancel_and_tick(where: URL, number: int, start: Barrier) -> int:
    """Cancel every second booking while the other process cancels the others, and let time work at once."""
    office = Office(where)
    mine = [b for b in office.desk.bookings(BOSS, office.now, mine=True) if b.live][number::2]
    for booking in mine:
        start.wait(30)
        office.desk.end(BOSS, booking.id, BookingEvent.CANCEL, "", office.now)
        office.desk.tick(office.now)
    office.close()
    return len(mine)


def test_two_processes_that_free_and_promote_at_once_make_one_booking_for_each_slot(where: URL) -> None:
    office = Office(where)
    for slot in range(SLOTS):
        office.book(BOSS, _FIRST + 60 * slot, _FIRST + 60 * slot + 60, gpus=2)
    for number in range(2 * SLOTS):
        start = _FIRST + 60 * (number % SLOTS)
        who = Actor(UserName(f"user{number}"))
        office.desk.wish(who, office.asked(start, start + 60, 2), None, office.now)
    assert sum(race(_cancel_and_tick, where)) == SLOTS
    made = [b for b in office.desk.bookings(BOSS, office.now) if b.state is BookingState.CONFIRMED]
    assert Counter(b.interval.start for b in made) == {
        office.after(minutes=_FIRST + 60 * slot): 1 for slot in range(SLOTS)
    }
    left = [
        w for n in range(2 * SLOTS) for w in office.desk.wishes(UserName(f"user{n}"), office.now, past=True)
    ]
    assert Counter(w.wish.state.value for w in left) == {"served": SLOTS, "waiting": SLOTS}
    assert len({w.wish.booking for w in left if w.wish.booking}) == SLOTS
    office.close()
