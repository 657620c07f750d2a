"""What a change of a class's groups does to its dates: booked for new groups, taken from those that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.classes import Class
from maia_hub.core.ids import UserName
from maia_hub.core.series import Occurrence
from maia_hub.desk.courses import live_of, rest_of
from maia_hub.desk.holding import leases_of
from maia_hub.desk.teaching import ClassDate, book_dates
from maia_hub.desk.work import Work


def gone_of(live: Sequence[Booking], after: Class) -> list[Booking]:
    """Return the bookings of groups that a class has no more."""
    return [booking for booking in live if after.group(booking.group) is None]


def booked_for_new(
    work: Work, by: UserName, before: Class, after: Class, live: Sequence[Booking]
) -> list[ClassDate]:
    """Book what is left of every date for the groups that are new; nothing if none is."""
    new = [group for group in after.groups if before.group(group.id) is None]
    coming = {booking.interval: Occurrence(rest_of(booking.interval, work.now)) for booking in live}
    return book_dates(work, by, after, new, list(coming.values())) if new else []


def tried_change(work: Work, by: UserName, before: Class, after: Class, close: datetime) -> list[ClassDate]:
    """Say what each date would become, in a transaction that only tries; servers would have to end until ``close``."""
    live = live_of(work, before)
    gone = gone_of(live, after)
    for booking in gone:
        waits = booking.state is BookingState.CONFIRMED
        moment = min(booking.interval.end, close) if leases_of(work, booking) else work.now
        work.tx.bookings.put(advance(booking, BookingEvent.CANCEL if waits else BookingEvent.REVOKE, moment))
    tried = {each.occurrence.interval: each for each in booked_for_new(work, by, before, after, live)}
    found = []
    for interval in sorted({booking.interval for booking in live}, key=lambda each: each.start):
        those = [booking for booking in live if booking.interval == interval]
        kept = tuple(booking for booking in those if booking not in gone)
        new = tried.get(rest_of(interval, work.now))
        said = _said(work, before, after, those)
        found.append(
            ClassDate(
                Occurrence(interval, said),
                (*kept, *(new.bookings if new else ())),
                new.error if new else None,
            )
        )
    return found


def _said(work: Work, before: Class, after: Class, those: Sequence[Booking]) -> str:
    """Tell who loses what on a date."""
    told = []
    for booking in those:
        group, was = after.group(booking.group), before.group(booking.group)
        if group is None and was is not None:
            told.append(f"Group {was.name} loses it.")
        members = group.members if group else ()
        told += [
            f"{lease.user} gives the GPU back."
            for lease in leases_of(work, booking)
            if lease.user not in members
        ]
    return " ".join(told)
