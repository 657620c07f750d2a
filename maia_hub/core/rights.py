"""What a pod has a right to: the GPUs of a lease, or those that a booking could still give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.closing import Closing
from maia_hub.core.errors import Conflict, Forbidden, MaiaError
from maia_hub.core.ids import DEFAULT_PROJECT, BookingId, LeaseId, NodeId, ProjectId, UserName
from maia_hub.core.leases import GrantKind

_BOOK = "Book one in the portal, with %gpu book or with maia book, and try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """``gpus`` of a resource on one node until then (None: until they are taken back), for one pod."""

    grant: LeaseId
    kind: GrantKind
    user: UserName
    resource: str
    gpus: int
    node: NodeId
    until: datetime | None
    booking: BookingId | None = None
    project: ProjectId = DEFAULT_PROJECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody wants for a pod: ``gpus`` of a resource, from a booking that he names or any that fits."""

    user: UserName
    resource: str
    gpus: int
    booking: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A booking of the asking user that runs, with what its pool is counted by and how many GPUs it has left.

    ``held`` are those that servers and pods have by it; ``free`` those of its node that nobody holds.
    """

    booking: Booking
    resource: str
    held: int
    free: int


def chosen(ask: Ask, running: Sequence[Running], now: datetime, closing: Closing) -> Booking:
    """Return the booking that gives the pod its GPUs: of those with enough left, the one that ends last.

    Raises:
        Forbidden, Conflict: there is none; the message names the nearest and what stands in the way.
    """
    meant = [r for r in running if ask.booking is None or str(r.booking.id) == ask.booking]
    fitting = [r for r in meant if r.resource == ask.resource]
    if not fitting:
        raise _none(ask, running, meant)
    reasons: Mapping[BookingId, MaiaError | None] = {
        r.booking.id: _against(ask, r, now, closing) for r in fitting
    }
    possible = [r.booking for r in fitting if reasons[r.booking.id] is None]
    if possible:
        return max(possible, key=lambda booking: booking.interval.end)
    raise next(reason for reason in reasons.values() if reason is not None)


def _none(ask: Ask, running: Sequence[Running], meant: Sequence[Running]) -> MaiaError:
    wanted = f"{ask.gpus} × {ask.resource}"
    if meant:
        kinds = sorted({r.resource for r in meant})
        return Forbidden(
            f"This pod asks for {wanted}, but {ask.user}'s booking is of {', '.join(kinds)}.",
            given=ask.resource,
            allowed=kinds,
            advice=f"Ask for {' or '.join(kinds)}, or book {ask.resource}.",
        )
    if ask.booking is not None:
        return Forbidden(
            f"{ask.user} has no running booking {ask.booking[:60]}.",
            given=ask.booking[:60],
            allowed=[str(r.booking.id) for r in running],
            advice="Name a booking of your own that runs now, or leave the annotation maia.io/booking out.",
        )
    return Forbidden(
        f"This pod asks for {wanted}, but {ask.user} has no booking that runs now.",
        given=wanted,
        allowed="GPUs of a booking of yours that runs now",
        advice=_BOOK,
    )


def _against(ask: Ask, running: Running, now: datetime, closing: Closing) -> MaiaError | None:
    """Return what keeps a booking from giving these GPUs now; None if nothing does."""
    booking = running.booking
    left = booking.gpus - running.held
    if now >= closing.moments(booking.interval.end).stop:
        return Conflict(f"{ask.user}'s booking is about to end.", advice=_BOOK)
    if ask.gpus > booking.gpus:
        return Forbidden(
            f"This pod asks for {ask.gpus} × {ask.resource}, but {booking.gpus} of them are booked.",
            given=ask.gpus,
            allowed=f"up to {booking.gpus}",
            advice="Ask for fewer, or book more.",
        )
    if ask.gpus > left:
        return Conflict(
            f"This pod asks for {ask.gpus} × {ask.resource}, but of the {booking.gpus} that {ask.user} has booked "
            f"{left or 'none'} {'is' if left <= 1 else 'are'} free: other servers or pods of {ask.user} have the rest.",
            given=ask.gpus,
            allowed=f"up to {left}",
            advice="End one of them and try again.",
        )
    if ask.gpus > running.free:
        return Conflict(
            "The booked GPU is still being handed over.",
            given=ask.gpus,
            allowed=f"up to {running.free} at this moment",
            advice="Try again in a few seconds.",
        )
    return None
