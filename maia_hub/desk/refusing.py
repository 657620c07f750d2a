"""Why a booking cannot be had, said so that a user can act upon it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from maia_hub.core.bookings import Booking
from maia_hub.core.errors import Conflict, InvalidInput, MaiaError, NotFound, Overbooked, Refused
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import BookingId
from maia_hub.core.interval import in_words
from maia_hub.core.leases import Lease
from maia_hub.core.series import Occurrence
from maia_hub.desk.audience import require_hand
from maia_hub.desk.people import Actor
from maia_hub.desk.values import Verdict
from maia_hub.desk.work import Work


class Tried(Protocol):
    """A date that was tried to be had, and what stood in the way."""

    @property
    def occurrence(self) -> Occurrence:
        """When it is."""

    @property
    def error(self) -> MaiaError | None:
        """Why it cannot be had; None if it can."""


T = TypeVar("T", bound=Tried)


def known(work: Work, booking_id: BookingId) -> Booking:
    """Return a booking; `NotFound` if there is none."""
    booking = work.tx.bookings.get(booking_id)
    if booking is None:
        raise NotFound(
            "There is no such booking.", given=str(booking_id), advice="Look at the list of bookings."
        )
    return booking


def live_in_hand(work: Work, actor: Actor, booking_id: BookingId, now: datetime) -> Booking:
    """Return a booking that is in the actor's hand and has not ended; raise what stands in the way."""
    booking = known(work, booking_id)
    require_hand(work, booking, actor)
    require_live(booking, now)
    return booking


def require_live(booking: Booking, now: datetime) -> None:
    """Raise `Conflict` for a booking that has ended."""
    if not booking.live or booking.interval.end <= now:
        raise Conflict(
            "The booking has ended.",
            given=booking.state.value,
            allowed="a booking that is confirmed or active",
            advice="Book anew.",
        )


def refuse_if_stopping(work: Work, lease: Lease) -> None:
    """Raise `Conflict` once the server of a lease is on its way out."""
    server = work.tx.servers.by_grant(lease.id)
    if server is not None and server.stopping is not None:
        raise Conflict(
            "The server is being stopped already; it is too late to change the end.",
            given=server.server or "your server",
            advice="Book again; the server comes back in a few seconds.",
        )


def check_gpus(gpus: int, pool: GpuPool) -> None:
    """Raise `InvalidInput` for a number of GPUs that no node of the pool has."""
    if not 1 <= gpus <= pool.largest_node:
        raise InvalidInput(
            "That number of GPUs cannot be had on one node of this pool.",
            given=gpus,
            allowed=f"1 to {pool.largest_node} × {pool.product}",
            advice="Ask for a number in that range.",
        )


def _next_free(verdict: Verdict) -> dict[str, object]:
    slot = verdict.next_free
    if slot is None:
        return {}
    return {
        "next_free": {
            "pool": slot.pool,
            "node": slot.node,
            "gpus": slot.gpus,
            "start": slot.interval.start.isoformat(),
            "end": slot.interval.end.isoformat(),
        }
    }


def refused(verdict: Verdict) -> Refused:
    """Return the error of the rules that refuse, all of them."""
    rules = [
        {
            "rule": r.rule,
            "message": r.message,
            "given": r.given,
            "limit": r.limit,
            "earliest": r.earliest.isoformat() if r.earliest else None,
        }
        for r in verdict.refusals
    ]
    first = verdict.refusals[0]
    return Refused(
        " ".join(r.message for r in verdict.refusals),
        given=first.given,
        allowed=first.limit,
        advice="Choose an earlier or later time, or another length, that the rules allow.",
        details={"refusals": rules, **_next_free(verdict)},
    )


def no_room(pool: GpuPool, gpus: int, verdict: Verdict) -> Overbooked:
    """Return the error of GPUs that are taken, with the next free slot."""
    slot = verdict.next_free
    return Overbooked(
        f"{gpus} × {pool.product} on one node is not free over the whole time.",
        given=gpus,
        allowed="fewer GPUs, or another time",
        advice=f"The next free slot of that length begins at {in_words(slot.interval.start)}."
        if slot
        else "Ask for less time or fewer GPUs.",
        details=_next_free(verdict),
    )


def missing_of(tried: Sequence[T], *, partly: bool, by: str = "") -> tuple[T, ...]:
    """Return the dates that cannot be had; `Refused` names them if all are wanted, or if there is no other.

    ``by`` says who wants each of them, such as "for all groups".
    """
    missing = tuple(each for each in tried if each.error is not None)
    if not missing or (partly and len(missing) < len(tried)):
        return missing
    told = [
        {
            "rule": each.error.code,
            "message": f"{in_words(each.occurrence.interval.start)}: {each.error.message}",
            "given": in_words(each.occurrence.interval.start),
            "limit": str(each.error.allowed or ""),
        }
        for each in missing
        if each.error is not None
    ]
    raise Refused(
        f"{len(missing)} of {len(tried)} dates cannot be {f'booked {by}'.strip()}, so none was.",
        given=len(missing),
        allowed=f"all {len(tried)}, or those that are free if you ask for them alone",
        advice="Look at all dates first; skip these, or book those that are free.",
        details={"refusals": told},
    )
