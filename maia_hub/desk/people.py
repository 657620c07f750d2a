"""Who acts, and what they may do to a booking."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.errors import Forbidden
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.projects import Memberships, Role, in_default


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody with rights. ``roles`` are the names that policies know, ``projects`` what she is in which.

    ``portal``: she acts there herself, not by a token.
    """

    user: UserName
    admin: bool = False
    roles: tuple[str, ...] = ()
    projects: Memberships = field(default_factory=in_default)
    portal: bool = False

    def leads(self, project: ProjectId) -> bool:
        """Tell whether she leads a project."""
        return Role.LEAD in self.projects.get(project, ())

    def oversees(self, project: ProjectId) -> bool:
        """Tell whether she may see all that is done in a project: as who leads it, or as its data steward."""
        return not {Role.LEAD, Role.STEWARD}.isdisjoint(self.projects.get(project, ()))


def may(booking: Booking, actor: Actor, now: datetime, *, staff: bool = False) -> list[str]:
    """Return what ``actor`` can do to the booking now; ``staff``: she looks after the class that it is of."""
    if not booking.live or booking.interval.end <= now:
        return []
    if booking.group is not None:
        ending = actor.admin or actor.leads(booking.project)
        extending = actor.leads(booking.project) or (staff and actor.portal)
        return ["extend"] * extending + ["revoke"] * ending
    moves = []
    started = booking.state is BookingState.ACTIVE
    mine, leading = booking.user == actor.user, actor.leads(booking.project)
    if mine:
        moves = ["extend", "release"] if started else ["extend", "move", "cancel"]
    elif leading:
        moves = ["extend"] if started else ["extend", "move"]
    if mine or leading or actor.admin:
        moves.append("hand-over")
    return [*moves, "revoke"] if actor.admin or (leading and not mine) else moves


def for_owner(actor: Actor, booking: Booking) -> Actor:
    """Return whose rules count for a change: the owner's, whose roles are not known where another one changes it."""
    return actor if booking.user == actor.user else Actor(booking.user)


def require_hand_in(booking: Booking, actor: Actor) -> None:
    """Raise `Forbidden` unless the booking is the actor's own, or of a project that she leads."""
    if not actor.leads(booking.project):
        require_owner(booking, actor)


def require_oversight(booking: Booking, actor: Actor) -> None:
    """Raise `Forbidden` unless the actor may end anybody's booking, or any of its project."""
    if not actor.admin and not actor.leads(booking.project):
        raise Forbidden(
            "Only an administrator, or who leads the booking's project, may do this.",
            given=str(booking.id),
            advice="Sign in to the portal as one of them.",
        )


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
