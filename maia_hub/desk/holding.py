"""Who holds something: servers that run, the leases of a booking, the end of a lease that moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.errors import Conflict, NotFound
from maia_hub.core.ids import ServerName, UserName
from maia_hub.core.leases import Lease
from maia_hub.desk.work import Work
from maia_hub.store.servers import Server


def leases_of(work: Work, booking: Booking) -> list[Lease]:
    """Return what servers hold by a booking now."""
    return work.tx.leases.of_booking(booking.id)


def standing_in(lease: Lease) -> Server:
    """Return what stands for a server where the holder is a pod that no hub made."""
    return Server(
        user=lease.user,
        server=lease.server,
        grant_id=lease.id,
        kind=lease.kind,
        state="running",
        reason="Your booking gives this pod its GPUs.",
        since=lease.since,
        project=lease.project,
    )


def note_use(work: Work, booking: Booking) -> None:
    """Note that a booking is used from now on, if this is its first lease."""
    if booking.state is BookingState.CONFIRMED:
        active = replace(advance(booking, BookingEvent.START, work.now), first_used=work.now)
        work.tx.bookings.put(active)
        work.record(booking.user, "booking.active", booking.id, booking.user)


def set_until(work: Work, lease: Lease, until: datetime | None) -> None:
    """Move the end of a lease, and tell the server that holds it; a fixed one only comes nearer."""
    if lease.fixed and lease.until is not None and until is not None:
        until = min(lease.until, until)
    work.tx.leases.set_until(lease.id, until)
    server = work.tx.servers.by_grant(lease.id)
    if server is not None:
        work.publish(server, replace(lease, until=until))


def running_server(work: Work, user: UserName, server: ServerName) -> Server:
    """Return a server that runs; `NotFound` if it does not, `Conflict` if it is being restarted."""
    known = work.tx.servers.get(user, server)
    if known is None or known.state == "stopped":
        raise NotFound(
            "That server does not run.",
            given=server or "default server",
            advice="Start it from the hub's page.",
        )
    if known.stopping is not None:
        raise Conflict("The server is being restarted already.", advice="Wait until it is back.")
    return known
