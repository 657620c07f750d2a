"""What the audit log keeps of a thing: enough to see what was changed, and nothing that a user wrote."""

from __future__ import annotations

from maia_hub.core.bookings import Booking
from maia_hub.core.gpus import Outage


def booking_facts(booking: Booking) -> dict[str, object]:
    """Return what the audit log keeps of a booking."""
    return {
        "project": booking.project,
        "pool": booking.pool,
        "node": booking.node,
        "gpus": booking.gpus,
        "start": booking.interval.start.isoformat(),
        "end": booking.interval.end.isoformat(),
        "state": booking.state.value,
        "cause": booking.cause.value if booking.cause else None,
        "ended_at": booking.ended_at.isoformat() if booking.ended_at else None,
    }


def outage_facts(outage: Outage) -> dict[str, object]:
    """Return what the audit log keeps of an outage."""
    return {
        "node": outage.node,
        "gpus": outage.gpus,
        "start": outage.interval.start.isoformat(),
        "end": outage.interval.end.isoformat(),
    }
