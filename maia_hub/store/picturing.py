"""What asks for the calendar and the rules: all of it, or what changed since an event."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select

from maia_hub.core.bookings import BookingState
from maia_hub.core.ids import BookingId, UserName
from maia_hub.store.amendments import LATEST
from maia_hub.store.decisions import Question
from maia_hub.store.inventory import MACHINES
from maia_hub.store.tables import bookings, events

MOST = 200
"""Events that are told one by one: after more of them all is read anew."""

# Statements are made once: making one, and knowing it again, takes longer than what the database does with it.
_LAST = select(func.coalesce(func.max(events.c.id), 0).label("id"))
_SINCE = (
    select(events.c.id, events.c.action, events.c.subject)
    .where(events.c.id > bindparam("last"))
    .order_by(events.c.id)
    .limit(MOST)
)
_ONE = select(bookings).where(bookings.c.id == bindparam("booking"))
_OF_USER = select(bookings).where(bookings.c.user == bindparam("of")).order_by(bookings.c.starts_at)
_OCCUPYING = (
    select(bookings)
    .where(bookings.c.state != BookingState.REQUESTED.value, bookings.c.occupied_until > bindparam("now"))
    .order_by(bookings.c.starts_at)
)

GROUND: tuple[Question, ...] = tuple((question, {}) for question in (*MACHINES, LATEST))
"""Ask for what `found_pools` and `found_amendments` need."""
LAST: Question = (_LAST, {})
"""Ask for the id of the last event."""


def since(last: int) -> Question:
    """Ask for the events after one, `MOST` of them at most."""
    return _SINCE, {"last": last}


def one(booking: BookingId) -> Question:
    """Ask for a booking."""
    return _ONE, {"booking": booking}


def of_user(user: UserName) -> Question:
    """Ask for a user's bookings in all states, by their start."""
    return _OF_USER, {"of": user}


def occupying(now: datetime) -> Question:
    """Ask for all bookings that occupy GPUs at ``now`` or later, by their start."""
    return _OCCUPYING, {"now": now}
