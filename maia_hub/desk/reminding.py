"""Reminders: a notice about a booking that is remembered, until it is answered or has no reason any more."""

from __future__ import annotations

from maia_hub.core.bookings import Booking
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice
from maia_hub.store.reminders import Reminder, ReminderKind


def remind(work: Work, booking: Booking, kind: ReminderKind, notice: Notice) -> None:
    """Tell the owner, remember when, and write it down as ``booking.<kind>``."""
    number = work.tx.notices.add(notice, beside=True)
    work.tx.reminders.put(Reminder(booking=booking.id, kind=kind, at=work.now, notice=number))
    work.record("platform", f"booking.{kind}", booking.id, booking.user, reason=notice.message)


def withdraw(work: Work, booking: Booking | None, reminder: Reminder) -> None:
    """Take a reminder back, and its notice from who has the booking."""
    if booking is not None:
        work.tx.notices.dismiss(booking.user, reminder.notice)
    work.tx.reminders.remove(reminder.booking, reminder.kind)
