"""What a server that starts now receives for the choice that was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.classes import called, share
from maia_hub.core.gpus import Gpu, GpuPool
from maia_hub.core.ids import BookingId, NodeId, PoolId, ServerName, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind
from maia_hub.core.queueing import expected, loan_for, place, waiter_of
from maia_hub.core.shortages import endangered, why_short
from maia_hub.core.view import View, coming_bookings, free_devices, idle_devices, running_bookings

CPU = "cpu"
BOOKED = "booked"
IDLE = "idle"
WAIT = "wait"
RETRY = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a start receives. A refusal is a CPU decision with the reason; it is never an error.

    ``place`` is the server's number in the line of ``waits_for``. ``fixed``: the server cannot be told of a later end.
    """

    kind: GrantKind
    reason: str
    gpus: tuple[Gpu, ...] = ()
    pool: PoolId | None = None
    node: NodeId | None = None
    booking: BookingId | None = None
    until: datetime | None = None
    fixed: bool = False
    next_free: datetime | None = None
    waits_for: PoolId | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The GPU is being handed over: ask again after ``retry_after``; who asks knows how long to be patient."""

    message: str
    retry_after: timedelta


def decide(view: View, user: UserName, server: ServerName, key: str) -> Decision | Wait:
    """Decide what ``server`` of ``user`` receives for the choice ``key``; the form is never trusted."""
    if key == CPU:
        return chosen_cpu()
    if key == BOOKED or key.startswith(f"{BOOKED}:"):
        return _decide_booked(view, user, server, key.partition(":")[2])
    kind, _, wanted = key.partition(":")
    pool = next((p for p in view.pools if p.id == wanted), None)
    if pool is not None and kind == IDLE:
        return decide_idle(view, user, pool)
    if pool is not None and kind == WAIT:
        return decide_wait(view, user, pool)
    return Decision(
        kind=GrantKind.CPU, reason=f"There is no such choice as “{key[:60]}”; you were given CPU."
    )


def chosen_cpu() -> Decision:
    """Return what is given to whoever asks for CPU: nobody else's doing matters."""
    return Decision(kind=GrantKind.CPU, reason="You chose CPU.")


def title(pool: GpuPool, gpus: int) -> str:
    """Return how people call that many GPUs of a pool."""
    return pool.product if gpus == 1 else f"{gpus} × {pool.product}"


def pool_of(view: View, booking: Booking) -> GpuPool:
    """Return the pool of a booking."""
    return next(p for p in view.pools if p.id == booking.pool)


def share_of(view: View, booking: Booking) -> int:
    """Return how many GPUs of a booking one server gets: all of its owner's, an even part of a group's."""
    found = view.group_of(booking)
    return booking.gpus if found is None else share(booking, found[1])


def _all_held(view: View, booking: Booking) -> str:
    """Return who uses so much of a booking that too little is left; empty if nobody does."""
    held = sum(len(lease.gpus) for lease in view.leases if lease.live and lease.booking == booking.id)
    if booking.group is None:
        return "Another server of yours already uses this booking." if held >= booking.gpus else ""
    if held + share_of(view, booking) <= booking.gpus:
        return ""
    return f"Others of your group, or another server of yours, use its GPUs now: {held} of {booking.gpus}."


def why_not_booked(view: View, booking: Booking) -> str:
    """Return why a running booking cannot be used by one more server; empty if it can."""
    if view.now >= view.closing.moments(booking.interval.end).save:
        return "Your booking is about to end."
    taken = _all_held(view, booking)
    if taken and not _ending(view, booking):
        return taken
    return _missing(view, booking)


def _missing(view: View, booking: Booking) -> str:
    """Return why there is no GPU for a running booking now, though it was promised; empty if there is one."""
    node = next((n for n in pool_of(view, booking).nodes if n.id == booking.node), None)
    moment = Interval(view.now, view.now + timedelta.resolution)
    short = endangered(node, view.bookings, moment) if node is not None else []
    if node is None or not (booking in short or (short and _broken_under(view, booking))):
        return ""
    return f"The GPU of your booking cannot be used now: {why_short(node, moment)}."


def _broken_under(view: View, booking: Booking) -> bool:
    """Tell whether what a booking needs is out of order, and what works is held by others: they keep what they hold."""
    there = {gpu.id for gpu in view.gpus_on(booking.node)}
    return bool(there & view.out_of_order) and len(free_devices(view, booking.node)) < share_of(view, booking)


def _ending(view: View, booking: Booking) -> bool:
    """Tell whether a lease of the booking is on its way out: then its GPU is waited for, not refused."""
    soon = view.now + view.closing.handover
    own = [lease for lease in view.leases if lease.live and lease.booking == booking.id]
    return any(lease.until is not None and lease.until <= soon for lease in own)


def ready_at(view: View, booking: Booking) -> datetime:
    """Return when enough devices of the booking's node are free: now, or when holders on it are due."""
    missing = share_of(view, booking) - len(free_devices(view, booking.node))
    if missing <= 0:
        return view.now
    held = ((x.until, set(x.gpus) - view.out_of_order) for x in view.leases_on(booking.node))
    due = sorted((until, len(gpus)) for until, gpus in held if until)
    for until, gpus in due:
        missing -= gpus
        if missing <= 0:
            return max(until, view.now)
    return booking.interval.end


def _decide_booked(view: View, user: UserName, server: ServerName, wanted: str) -> Decision | Wait:
    mine = [b for b in running_bookings(view, user) if not wanted or str(b.id) == wanted]
    if not mine:
        return _cpu("Your booking does not run now.", _coming(view, user, wanted))
    booking = mine[0]
    if refusal := why_not_booked(view, booking):
        return _cpu(refusal, None)
    ready, gpus = ready_at(view, booking), share_of(view, booking)
    if ready > view.now or len(free_devices(view, booking.node)) < gpus or _all_held(view, booking):
        if ready <= view.now + view.closing.handover:
            return Wait(
                message="Your GPU is being handed over to you; this takes a few seconds.",
                retry_after=RETRY,
            )
        return _cpu("Your GPU is still being handed over to you.", ready)
    return Decision(
        kind=GrantKind.BOOKED,
        reason=f"{_giver(view, booking)} gives you {title(pool_of(view, booking), gpus)}.",
        gpus=tuple(free_devices(view, booking.node)[:gpus]),
        pool=booking.pool,
        node=booking.node,
        booking=booking.id,
        until=booking.interval.end,
    )


def _giver(view: View, booking: Booking) -> str:
    found = view.group_of(booking)
    return "Your booking" if found is None else called(*found)


def _coming(view: View, user: UserName, wanted: str) -> datetime | None:
    own = (b for b in coming_bookings(view, user) if not wanted or str(b.id) == wanted)
    return min((b.interval.start for b in own), default=None)


def _cpu(reason: str, next_free: datetime | None) -> Decision:
    return Decision(kind=GrantKind.CPU, reason=f"{reason} You were given CPU.", next_free=next_free)


def borrows(view: View, user: UserName) -> bool:
    """Tell whether a user borrows an idle GPU: nobody gets two."""
    own = (lease for lease in view.leases if lease.live and lease.user == user)
    return any(lease.kind is GrantKind.OPPORTUNISTIC for lease in own)


def decide_idle(view: View, user: UserName, pool: GpuPool) -> Decision:
    """Decide whether `user` can borrow an idle GPU of `pool` now, and until when; nobody goes before those in line."""
    if borrows(view, user):
        return _cpu("You already use an idle GPU in another server.", None)
    loan = loan_for(view, user, pool)
    if loan is None:
        return _cpu(_why_none(view, user, pool), expected(view, pool, place(view, user, pool.id)))
    return Decision(
        kind=GrantKind.OPPORTUNISTIC,
        reason=f"You borrow an idle {pool.product} until a booking needs it.",
        gpus=(loan.gpu,),
        pool=pool.id,
        node=loan.gpu.node,
        until=loan.until,
    )


def _why_none(view: View, user: UserName, pool: GpuPool) -> str:
    own, ahead = waiter_of(view, user, pool.id), place(view, user, pool.id) - 1
    if own is not None and own.accepted:
        return f"The {pool.product} was booked a moment ago; you keep your place in line."
    if ahead:
        before = " before you" if own is not None else ""
        return f"{ahead} {'others wait' if ahead > 1 else 'other waits'} for an idle {pool.product}{before}."
    if any(idle_devices(view, node) for node in pool.nodes):
        return f"The idle {pool.product} is booked too soon to be lent."
    return f"No {pool.product} is idle now."


def decide_wait(view: View, user: UserName, pool: GpuPool) -> Decision:
    """Give an idle GPU of ``pool`` if there is one for ``user`` now; otherwise CPU, and a place in the line.

    The reason says nothing that will not be true later: the place is told apart from it.
    """
    given = decide_idle(view, user, pool)
    if given.kind is GrantKind.OPPORTUNISTIC or borrows(view, user):
        return given
    return Decision(
        kind=GrantKind.CPU,
        reason=f"You chose to wait for an idle {pool.product}, and started on CPU.",
        next_free=given.next_free,
        waits_for=pool.id,
        place=place(view, user, pool.id),
    )
