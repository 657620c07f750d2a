"""A year, event by event: people ask, wait, come, leave early or not at all, and the engine decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import IntEnum
from heapq import heappop, heappush
from typing import NamedTuple

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.ids import UserName
from maia_hub.core.interval import Interval
from maia_hub.simulation.asking import Counter
from maia_hub.simulation.department import Department
from maia_hub.simulation.regimes import Regime
from maia_hub.simulation.wishes import Wish


class Outcome(NamedTuple):
    """What became of a wish: its booking, None if there never was one, and when its owner really used it."""

    wish: Wish
    booking: Booking | None
    used: Interval | None = None


def simulate(department: Department, regime: Regime, wishes: Iterable[Wish]) -> list[Outcome]:
    """Let a year pass; return what became of every wish, in their order."""
    year = _Year(department, regime)
    for wish in wishes:
        year.plan(wish.asked, _Kind.ASK, wish)
    year.run()
    return [year.outcomes[number] for number in sorted(year.outcomes)]


class _Kind(IntEnum):
    """What happens; of what happens at one moment, what frees GPUs comes first."""

    LEAVE = 0
    CANCEL = 1
    BEGIN = 2
    ASK = 3


class _Year:
    def __init__(self, department: Department, regime: Regime) -> None:
        self.counter = Counter(department.gpu_pools(), regime)
        self.outcomes: dict[int, Outcome] = {}
        self._regime = regime
        self._events: list[tuple[datetime, _Kind, int, Wish]] = []
        self._later: dict[UserName, list[Wish]] = {}
        """Wishes that a rule refused: their owners ask again when a booking of theirs has ended."""

    def plan(self, at: datetime, kind: _Kind, wish: Wish) -> None:
        heappush(self._events, (at, kind, wish.number, wish))

    def run(self) -> None:
        acts = {
            _Kind.ASK: self._ask,
            _Kind.CANCEL: self._cancel,
            _Kind.BEGIN: self._begin,
            _Kind.LEAVE: self._leave,
        }
        while self._events:
            now, kind, _, wish = heappop(self._events)
            acts[kind](wish, now)

    def _ask(self, wish: Wish, now: datetime) -> None:
        self.outcomes.setdefault(wish.number, Outcome(wish, None))
        booking, refused = self.counter.ask(wish, now)
        if booking is not None:
            self._booked(wish, booking, now)
        elif refused:
            self._later.setdefault(wish.user, []).append(wish)
        else:
            self.counter.wait(wish)

    def _booked(self, wish: Wish, booking: Booking, now: datetime) -> None:
        self.outcomes[wish.number] = Outcome(wish, booking)
        start = booking.interval.start
        if wish.withdrawn is not None and start > now:
            self.plan(now + wish.withdrawn * (start - now), _Kind.CANCEL, wish)
        else:
            self.plan(start, _Kind.BEGIN, wish)

    def _begin(self, wish: Wish, now: datetime) -> None:
        booking = self._of(wish)
        end = booking.interval.end
        if wish.absent:
            given_up = self._regime.policy.no_show_after if self._regime.policy else None
            self.plan(min(end, now + given_up) if given_up else end, _Kind.LEAVE, wish)
            return
        booking = replace(advance(booking, BookingEvent.START, now), first_used=now)
        self.counter.put(booking)
        done = min(end, now + wish.need)
        self.outcomes[wish.number] = Outcome(wish, booking, Interval(now, done))
        self.plan(done if wish.tidy else end, _Kind.LEAVE, wish)

    def _leave(self, wish: Wish, now: datetime) -> None:
        booking = self._of(wish)
        over = now >= booking.interval.end
        if booking.state is BookingState.ACTIVE:
            event = BookingEvent.COMPLETE if over else BookingEvent.RELEASE
        else:
            event = BookingEvent.EXPIRE if over else BookingEvent.NO_SHOW
        self._end(wish, booking, event, now)

    def _cancel(self, wish: Wish, now: datetime) -> None:
        self._end(wish, self._of(wish), BookingEvent.CANCEL, now)

    def _end(self, wish: Wish, booking: Booking, event: BookingEvent, now: datetime) -> None:
        ended = advance(booking, event, now)
        self.counter.put(ended)
        self.outcomes[wish.number] = self.outcomes[wish.number]._replace(booking=ended)
        for again in self._later.pop(wish.user, ()):
            if again.latest > now:
                self._ask(again, now)
        if now < booking.interval.end:
            for waiting, found in self.counter.promote(booking, now):
                self._booked(waiting, found, now)

    def _of(self, wish: Wish) -> Booking:
        """Return the booking of a wish as it is now: it may have made room for another one."""
        return self.counter.bookings[wish.number]
