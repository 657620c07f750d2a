"""What is booked from now on, kept in memory between questions and brought up to date by each of them.

A question asks for the events after the last one that was seen, and reads the bookings again that they name; machines
and rules, which are few rows, it reads each time. So what it finds is what the database holds at that moment, on every
replica: nothing is remembered for a while. Whoever writes asks under the writer's lock, and finds what stays true until
its transaction ends. Every change of a booking is an event in the same transaction; a database that was put back, or
was written to past the program, is read anew after `_OFTEN` at the latest, and guards its calendar itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import RLock
from typing import Any
from uuid import UUID

from maia_hub.core.amendments import Amendment
from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import BookingId, NodeId, PoolId, UserName
from maia_hub.core.interval import UTC, Interval
from maia_hub.store import picturing
from maia_hub.store.amendments import found_amendments
from maia_hub.store.bookings import booking_of
from maia_hub.store.decisions import Question
from maia_hub.store.inventory import found_pools

_OFTEN = timedelta(minutes=10)
_SLACK = timedelta(minutes=1)
"""By how much the moments of two questions may be the wrong way round."""
Ask = Callable[[Sequence[Question]], list[list[Any]]]


class SharedCalendar(Calendar):
    """A calendar that several threads ask, and one of them changes."""

    def __init__(self, pool: GpuPool, lock: RLock) -> None:
        super().__init__(pool.nodes)
        self._lock: Any = lock

    def take(self, node: NodeId, interval: Interval, gpus: int) -> None:
        """As of any calendar."""
        with self._lock:
            super().take(node, interval, gpus)

    def remove(self, node: NodeId, interval: Interval, gpus: int) -> None:
        """As of any calendar."""
        with self._lock:
            super().remove(node, interval, gpus)

    def free_on(self, node: NodeId, interval: Interval) -> int:
        """As of any calendar."""
        with self._lock:
            return super().free_on(node, interval)

    def fits(self, gpus: int, interval: Interval) -> NodeId | None:
        """As of any calendar."""
        with self._lock:
            return super().fits(gpus, interval)

    def next_slot(
        self, gpus: int, duration: timedelta, after: datetime, before: datetime | None = None
    ) -> tuple[NodeId, Interval] | None:
        """As of any calendar."""
        with self._lock:
            return super().next_slot(gpus, duration, after, before)

    def profile(self, interval: Interval) -> list[tuple[datetime, int]]:
        """As of any calendar."""
        with self._lock:
            return super().profile(interval)


class _Board:
    """The machines and the rules as rows of the database tell them, and a calendar for each pool."""

    def __init__(self, rows: list[list[Any]], bookings: Iterable[Booking], lock: RLock) -> None:
        self.rows = rows
        *machines, changes = rows
        self.pools = found_pools(*machines)
        self.amendments = found_amendments(changes)
        self.calendars = {pool.id: SharedCalendar(pool, lock) for pool in self.pools}
        self._on = {node.id: self.calendars[pool.id] for pool in self.pools for node in pool.nodes}
        for booking in bookings:
            self.put(booking)

    def put(self, booking: Booking) -> None:
        if booking.occupied is not None and booking.node in self._on:
            self._on[booking.node].take(booking.node, booking.occupied, booking.gpus)

    def drop(self, booking: Booking) -> None:
        if booking.occupied is not None and booking.node in self._on:
            self._on[booking.node].remove(booking.node, booking.occupied, booking.gpus)


@dataclass(frozen=True)
class Seen:
    """What a question found: machines, what was changed of the rules, and a user's bookings in all states."""

    user: UserName
    history: list[Booking]
    _board: _Board
    _occupying: Callable[[], list[Booking]]

    @property
    def pools(self) -> list[GpuPool]:
        """All pools with their nodes and outages."""
        return self._board.pools

    @property
    def amendments(self) -> tuple[Amendment, ...]:
        """What counts of what was changed of the rules."""
        return self._board.amendments

    def calendar(self, pool: PoolId) -> Calendar:
        """Return the calendar of a pool, to be asked and not to be changed."""
        return self._board.calendars[pool]

    def occupying(self, now: datetime) -> list[Booking]:
        """Return all bookings that occupy GPUs at ``now`` or later, by their start."""
        found = [b for b in self._occupying() if b.occupied is not None and b.occupied.end > now]
        return sorted(found, key=lambda booking: booking.interval.start)


@dataclass(frozen=True)
class Look:
    """What to ask first, and what makes of the answers what was seen; it may ask for more."""

    questions: Sequence[Question]
    found: Callable[[list[list[Any]], Ask], Seen]


class Picture:
    """The bookings that occupy GPUs from now on, and the calendars with them; threads may share it."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._last = -1
        self._read = datetime.min.replace(tzinfo=UTC)
        self._board: _Board | None = None
        self._bookings: dict[BookingId, Booking] = {}

    def look(self, ask: Ask, user: UserName, now: datetime) -> Seen:
        """Return what is there at this moment."""
        look = self.looking(user, now)
        return look.found(ask(look.questions), ask)

    def looking(self, user: UserName, now: datetime) -> Look:
        """Return what to ask in order to see what is there at that moment."""
        with self._lock:
            last, old = self._last, self._old(now)
        if old:
            return self._anew(user, now)
        since = *picturing.GROUND, picturing.of_user(user), picturing.since(last)
        return Look(since, lambda answers, ask: self._newer(answers, ask, user, now, last))

    def _anew(self, user: UserName, now: datetime) -> Look:
        ours = *picturing.GROUND, picturing.of_user(user)
        whole = *ours, picturing.LAST, picturing.occupying(now - _SLACK)
        return Look(whole, lambda answers, _: self._whole(answers, user, now))

    def _newer(self, answers: list[list[Any]], ask: Ask, user: UserName, now: datetime, last: int) -> Seen:
        *rows, own, events = answers
        if len(events) == picturing.MOST:
            look = self._anew(user, now)
            return look.found(ask(look.questions), ask)
        named = dict.fromkeys(
            BookingId(UUID(event.subject)) for event in events if event.action.startswith("booking.")
        )
        found = ask([picturing.one(each) for each in named]) if named else []
        upto = events[-1].id if events else last
        with self._lock:
            if upto > self._last:
                self._change(dict(zip(named, found, strict=True)), upto)
            return self._seen(user, own, rows)

    def _whole(self, answers: list[list[Any]], user: UserName, now: datetime) -> Seen:
        *rows, own, ((last,),), occupying = answers
        with self._lock:
            if self._old(now) or last >= self._last:  # or somebody asked later and was here first
                self._bookings = {booking.id: booking for booking in map(booking_of, occupying)}
                self._board = _Board(rows, self._bookings.values(), self._lock)
                self._last, self._read = last, now
            return self._seen(user, own, rows)

    def _old(self, now: datetime) -> bool:
        return self._board is None or not -_SLACK <= now - self._read < _OFTEN

    def _change(self, found: Mapping[BookingId, list[Any]], upto: int) -> None:
        board, self._board = self._board, None  # if this fails half way, all is read anew
        assert board is not None
        for name, rows in found.items():
            before = self._bookings.pop(name, None)
            if before is not None:
                board.drop(before)
            for booking in map(booking_of, rows):
                if booking.state is not BookingState.REQUESTED and booking.occupied is not None:
                    self._bookings[name] = booking
                    board.put(booking)
        self._board, self._last = board, upto

    def _seen(self, user: UserName, own: list[Any], rows: list[list[Any]]) -> Seen:
        assert self._board is not None
        if rows != self._board.rows:
            self._board = _Board(rows, self._bookings.values(), self._lock)
        return Seen(user, list(map(booking_of, own)), self._board, self._standing)

    def _standing(self) -> list[Booking]:
        with self._lock:
            return list(self._bookings.values())
