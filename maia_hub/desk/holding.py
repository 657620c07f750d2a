"""The leases of a booking, and the end of a lease that moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.leases import Lease
from maia_hub.desk.work import Work


def leases_of(work: Work, booking: Booking) -> list[Lease]:
    """Return what servers hold by a booking now."""
    return [lease for lease in work.tx.leases.live() if lease.booking == booking.id]


def note_use(work: Work, booking: Booking) -> None:
    """Note that a booking is used from now on, if this is its first lease."""
    if booking.state is BookingState.CONFIRMED:
        active = replace(advance(booking, BookingEvent.START, work.now), first_used=work.now)
        work.tx.bookings.put(active)
        work.record(booking.user, "booking.active", booking.id, booking.user)


def set_until(work: Work, lease: Lease, until: datetime | None) -> None:
    """Move the end of a lease, and tell the server that holds it."""
    work.tx.leases.set_until(lease.id, until)
    server = work.tx.servers.by_grant(lease.id)
    if server is not None:
        work.publish(server, replace(lease, until=until))
