"""A transaction in which bookings are only tried: what it would write it alone sees, and nobody waits for it.

It reads one moment of the database. Bookings that are tried are kept beside, and count in all questions by which a wish
to book is judged; classes and events that would be written with them are told to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.classes import Class
from maia_hub.core.ids import BookingId, PoolId, ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.store.bookings import Bookings
from maia_hub.store.classes import Classes
from maia_hub.store.events import Event, Events
from maia_hub.store.transaction import Transaction


@dataclass(frozen=True)
class Drafts(Bookings):
    """The bookings of everybody, those that are tried in place of what they are in the database."""

    tried: dict[BookingId, Booking] = field(default_factory=dict)
    _read: dict[Hashable, list[Booking]] = field(default_factory=dict)

    def get(self, booking_id: BookingId) -> Booking | None:
        """As of all bookings."""
        return self.tried.get(booking_id) or super().get(booking_id)

    def add(self, booking: Booking) -> None:
        """Keep a new booking beside."""
        self.tried[booking.id] = booking

    def put(self, booking: Booking) -> None:
        """Keep a changed booking beside."""
        self.tried[booking.id] = booking

    def occupying(self, now: datetime) -> list[Booking]:
        """As of all bookings."""
        return self._with(now, lambda: super(Drafts, self).occupying(now), lambda b: _until(b) > now)

    def occupying_over(self, pool: PoolId, interval: Interval) -> list[Booking]:
        """As of all bookings."""

        def over(booking: Booking) -> bool:
            there = booking.pool == pool and booking.interval.start < interval.end
            return there and _until(booking) > interval.start

        return self._with((pool, interval), lambda: super(Drafts, self).occupying_over(pool, interval), over)

    def of_user(self, user: UserName) -> list[Booking]:
        """As of all bookings."""
        return self._with(user, lambda: super(Drafts, self).of_user(user), lambda b: b.user == user)

    def of_project(self, project: ProjectId, since: datetime) -> list[Booking]:
        """As of all bookings."""

        def of(booking: Booking) -> bool:
            return booking.project == project and _until(booking) > since

        return self._with((project, since), lambda: super(Drafts, self).of_project(project, since), of)

    def _with(
        self, question: Hashable, read: Callable[[], list[Booking]], belongs: Callable[[Booking], bool]
    ) -> list[Booking]:
        if question not in self._read:
            self._read[question] = read()
        others = [booking for booking in self._read[question] if booking.id not in self.tried]
        own = [b for b in self.tried.values() if b.state is not BookingState.REQUESTED and belongs(b)]
        return sorted([*others, *own], key=lambda booking: booking.interval.start)


def _until(booking: Booking) -> datetime:
    """Return until when a booking takes its GPUs."""
    return min(booking.interval.end, booking.ended_at or booking.interval.end)


class _Unwritten(Events):
    """Events that nobody will read."""

    def add(self, event: Event) -> Event:
        """Return it as it is."""
        return event


class _Tried(Classes):
    """The classes of everybody; none is written."""

    def put(self, made: Class, now: datetime) -> None:
        """Do nothing: whoever tries a class has it."""


class Rehearsal(Transaction):
    """The repositories of a transaction in which bookings are tried; what else is written is refused or undone."""

    @cached_property
    def bookings(self) -> Bookings:
        """Bookings, those that are tried among them."""
        return Drafts(self.connection)

    @cached_property
    def classes(self) -> Classes:
        """Who learns and teaches together."""
        return _Tried(self.connection)

    @cached_property
    def events(self) -> Events:
        """The record, to which nothing is appended."""
        return _Unwritten(self.connection)
