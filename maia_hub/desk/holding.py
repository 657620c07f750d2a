"""The leases of a booking, and the end of a lease that moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.leases import Lease
from maia_hub.desk.work import Work


def leases_of(work: Work, booking: Booking) -> list[Lease]:
    """Return what servers hold by a booking now."""
    return [lease for lease in work.tx.leases.live() if lease.booking == booking.id]


def set_until(work: Work, lease: Lease, until: datetime | None) -> None:
    """Move the end of a lease, and tell the server that holds it."""
    work.tx.leases.set_until(lease.id, until)
    server = work.tx.servers.by_grant(lease.id)
    if server is not None:
        work.publish(server, replace(lease, until=until))
