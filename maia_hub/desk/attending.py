"""Bookings that began and are not used: their owners are warned, then they go back to the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from maia_hub.core.attendance import Due, attendance
from maia_hub.core.bookings import Booking, BookingEvent
from maia_hub.core.ids import BookingId, ServerName
from maia_hub.core.interval import in_words
from maia_hub.core.policy import Policy
from maia_hub.desk.closed import close
from maia_hub.desk.reminding import remind, withdraw
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice
from maia_hub.store.reminders import Reminder

Warnings = Mapping[BookingId, Reminder]
"""Of which unused bookings their owners were warned."""


def attend(work: Work, booking: Booking, policy: Policy, warnings: Warnings) -> bool:
    """Warn the owner of an unused booking, or release it; return whether it was released. A class's is left alone."""
    if booking.group is not None:
        return False
    warning = warnings.get(booking.id)
    due = attendance(booking, policy, work.now, warning.at if warning else None)
    if due.step == "wait":
        return False
    if hindered(work, booking):
        if warning is not None:  # it counts from when the GPU can be had again
            withdraw(work, booking, warning)
        return False
    if due.step == "warn":
        _warn(work, booking, due)
        return False
    close(work, booking, BookingEvent.NO_SHOW, work.now)
    work.tx.notices.add(_released(booking, work.now), beside=True)
    return True


def look_again(booking: Booking, policy: Policy, now: datetime, warnings: Warnings) -> datetime | None:
    """Return when an unused booking is to be looked at again; None if never."""
    if booking.group is not None:
        return None
    warning = warnings.get(booking.id)
    return attendance(booking, policy, now, warning.at if warning else None).next_at


def hindered(work: Work, booking: Booking) -> bool:
    """Tell whether its owner could not use the booking now: by the platform's fault, or for others hold its GPUs."""
    if booking.id in work.tx.alarms.endangered() or booking.node in work.tx.alarms.troubles():
        return True
    there = sum(gpu.node == booking.node for gpu in work.tx.inventory.gpus())
    held = sum(len(lease.gpus) for lease in work.tx.leases.live() if lease.node == booking.node)
    return there - held < booking.gpus


def forget_attended(work: Work, warnings: Warnings) -> None:
    """Forget warnings of bookings that were used or have ended since."""
    for booking_id, warning in warnings.items():
        booking = work.tx.bookings.get(booking_id)
        if booking is not None and (booking.first_used is not None or not booking.live):
            withdraw(work, booking, warning)


def _warn(work: Work, booking: Booking, due: Due) -> None:
    notice = Notice(
        user=booking.user,
        server=ServerName(""),
        at=work.now,
        kind="unused",
        title="Nobody uses your booking",
        message=f"It is released {in_words(due.next_at or work.now)} unless a server of yours uses it by then.",
        booking=booking.id,
    )
    remind(work, booking, "unused", notice)


def _released(booking: Booking, now: datetime) -> Notice:
    return Notice(
        user=booking.user,
        server=ServerName(""),
        at=now,
        kind="info",
        title="Your booking was released",
        message=f"Nobody used it since {in_words(booking.interval.start)}. Book anew if you still need a GPU.",
        booking=booking.id,
    )
