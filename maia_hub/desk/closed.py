"""A booking that time or the platform ends."""

from __future__ import annotations

from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, advance
from maia_hub.desk.audience import users
from maia_hub.desk.facts import booking_facts
from maia_hub.desk.work import Work


def close(work: Work, booking: Booking, event: BookingEvent, at: datetime, reason: str = "") -> Booking:
    """End a booking at a moment, and write down why; what offered it to its owner is taken back."""
    ended = advance(booking, event, at)
    work.tx.bookings.put(ended)
    for user in users(work, booking):
        work.tx.notices.withdraw(user, "switch")
    cause = ended.cause.value if ended.cause else "ended"
    work.record(
        "platform",
        f"booking.{cause}",
        booking.id,
        booking.user,
        reason=reason,
        before=booking_facts(booking),
        after=booking_facts(ended),
    )
    return ended
