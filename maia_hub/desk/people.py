"""Who acts, and what they may do to a booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.errors import Forbidden
from maia_hub.core.ids import UserName


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody with rights. ``roles`` are the names that policies know."""

    user: UserName
    admin: bool = False
    roles: tuple[str, ...] = ()


def may(booking: Booking, actor: Actor, now: datetime) -> list[str]:
    """Return what ``actor`` can do to the booking now."""
    if not booking.live or booking.interval.end <= now:
        return []
    moves = []
    if booking.user == actor.user:
        started = booking.state is BookingState.ACTIVE
        moves = ["extend", "release"] if started else ["extend", "move", "cancel"]
    return [*moves, "revoke"] if actor.admin else moves


def require_owner(booking: Booking, actor: Actor) -> None:
    """Raise `Forbidden` unless the booking is the actor's own."""
    if booking.user != actor.user:
        raise Forbidden(
            "This booking belongs to somebody else.",
            given=str(booking.id),
            allowed="your own bookings",
            advice=f"Ask {booking.user}, or an administrator.",
        )


def require_admin(actor: Actor) -> None:
    """Raise `Forbidden` unless the actor is an administrator."""
    if not actor.admin:
        raise Forbidden(
            "Only an administrator may do this.", advice="Sign in to the portal as an administrator."
        )
