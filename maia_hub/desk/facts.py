"""What the audit log keeps of a thing: enough to see what was changed, and nothing that a user wrote."""

from __future__ import annotations

from collections.abc import Mapping

from maia_hub.core.bookings import Booking
from maia_hub.core.gpus import Outage
from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId
from maia_hub.core.waitlist import Wish


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


def wish_facts(wish: Wish) -> dict[str, object]:
    """Return what the audit log keeps of a wish on the waiting list."""
    return {
        "project": wish.project,
        "pool": wish.pool,
        "gpus": wish.gpus,
        "from": wish.window.start.isoformat(),
        "until": wish.window.end.isoformat(),
        "hours": round(wish.length.total_seconds() / 3600, 2),
        "since": wish.since.isoformat(),
        "state": wish.state.value,
        "booking": str(wish.booking) if wish.booking else None,
        "offered_until": wish.until.isoformat() if wish.until else None,
    }


def outage_facts(outage: Outage) -> dict[str, object]:
    """Return what the audit log keeps of an outage."""
    return {
        "node": outage.node,
        "gpus": outage.gpus,
        "start": outage.interval.start.isoformat(),
        "end": outage.interval.end.isoformat(),
        **({} if outage.gpu is None else {"gpu": outage.gpu}),
    }


def project_in(*facts: Mapping[str, object] | None) -> ProjectId:
    """Return the project that the first of these names."""
    found = (each["project"] for each in facts if each is not None and each.get("project"))
    return ProjectId(str(next(found, DEFAULT_PROJECT)))
