"""What a server that starts now receives: the choices a user has, and the decision for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.closing import Closing
from maia_hub.core.gpus import Gpu, GpuPool, Node
from maia_hub.core.ids import BookingId, NodeId, PoolId, ServerName, UserName
from maia_hub.core.leases import GrantKind, Lease

CPU = "cpu"
BOOKED = "booked"
IDLE = "idle"
RETRY = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a decision looks at: live bookings and live leases of everybody, the inventory, the moment."""

    bookings: Sequence[Booking]
    leases: Sequence[Lease]
    pools: Sequence[GpuPool]
    gpus: Sequence[Gpu]
    now: datetime
    closing: Closing


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing a server may (or, with ``reason``, may not) be started with now.

    ``until`` is when it would end; ``next_free`` when it could be had, if it cannot now.
    """

    key: str
    kind: GrantKind
    label: str
    enabled: bool = True
    reason: str = ""
    pool: PoolId | None = None
    booking: BookingId | None = None
    gpus: int = 0
    simulated: bool = False
    until: datetime | None = None
    next_free: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a start receives. A refusal is a CPU decision with the reason; it is never an error."""

    kind: GrantKind
    reason: str
    gpus: tuple[Gpu, ...] = ()
    pool: PoolId | None = None
    node: NodeId | None = None
    booking: BookingId | None = None
    until: datetime | None = None
    next_free: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The GPU is being handed over: ask again after ``retry_after``; who asks knows how long to be patient."""

    message: str
    retry_after: timedelta


def running_bookings(view: View, user: UserName) -> list[Booking]:
    """Return the user's bookings that run now, the one that ends last first."""
    mine = [b for b in view.bookings if b.live and b.user == user and b.interval.contains(view.now)]
    return sorted(mine, key=lambda b: b.interval.end, reverse=True)


def choices(view: View, user: UserName) -> list[Choice]:
    """Return everything that could be offered to ``user`` now, what is not possible with its reason."""
    found = [Choice(key=CPU, kind=GrantKind.CPU, label="CPU")]
    found += [_booked_choice(view, booking) for booking in running_bookings(view, user)]
    if len(found) == 1:
        found.append(_no_booking_choice(view, user))
    found += [_idle_choice(view, user, pool) for pool in view.pools]
    return found


def preselect(offered: Sequence[Choice], last: str | None) -> str:
    """Return the key of the choice to preselect: the last one made if it is possible now, CPU otherwise.

    A booking made last time stands for whichever booking runs now; who never chose gets a running booking.
    """
    wanted = last or BOOKED
    for choice in offered:
        same_kind = wanted.startswith(BOOKED) and choice.key.startswith(BOOKED)
        if choice.enabled and (choice.key == wanted or same_kind):
            return choice.key
    return CPU


def decide(view: View, user: UserName, server: ServerName, key: str) -> Decision | Wait:
    """Decide what ``server`` of ``user`` receives for the choice ``key``; the form is never trusted."""
    if key == CPU:
        return Decision(kind=GrantKind.CPU, reason="You chose CPU.")
    if key == BOOKED or key.startswith(f"{BOOKED}:"):
        return _decide_booked(view, user, server, key.partition(":")[2])
    if key.startswith(f"{IDLE}:"):
        pool = next((p for p in view.pools if p.id == key.partition(":")[2]), None)
        if pool is not None:
            return _decide_idle(view, user, pool)
    return Decision(
        kind=GrantKind.CPU, reason=f"There is no such choice as “{key[:60]}”; you were given CPU."
    )


def lent_until(view: View, node: Node, lent: int) -> datetime | None:
    """Return when bookings or outages leave fewer than ``lent`` GPUs of ``node`` unbooked; None if never."""
    starts = [b.interval.start for b in view.bookings if b.node == node.id and b.live]
    starts += [o.interval.start for o in node.outages]
    for moment in [view.now, *sorted(s for s in starts if s > view.now)]:
        if _unbooked(view, node, moment) < lent:
            return moment
    return None


# ---- booked


def _title(pool: GpuPool, gpus: int) -> str:
    return pool.product if gpus == 1 else f"{gpus} × {pool.product}"


def _pool(view: View, booking: Booking) -> GpuPool:
    return next(p for p in view.pools if p.id == booking.pool)


def _booked_choice(view: View, booking: Booking) -> Choice:
    pool = _pool(view, booking)
    choice = Choice(
        key=f"{BOOKED}:{booking.id}",
        kind=GrantKind.BOOKED,
        label=f"Your booked {_title(pool, booking.gpus)}",
        pool=booking.pool,
        booking=booking.id,
        gpus=booking.gpus,
        simulated=pool.simulated,
        until=booking.interval.end,
    )
    refusal = _why_not_booked(view, booking)
    if refusal:
        return replace(choice, enabled=False, reason=refusal)
    ready = _ready_at(view, booking)
    if ready > view.now + view.closing.handover:
        return replace(choice, enabled=False, reason="It is still being handed over to you.", next_free=ready)
    return choice


def _no_booking_choice(view: View, user: UserName) -> Choice:
    coming = min(
        (b.interval.start for b in view.bookings if b.user == user and b.interval.start > view.now),
        default=None,
    )
    if coming is not None:
        return Choice(
            key=BOOKED,
            kind=GrantKind.BOOKED,
            label="Your booked GPU",
            enabled=False,
            reason="Your next booking has not begun.",
            next_free=coming,
        )
    free = [t for pool in view.pools for node in pool.nodes if (t := _next_unbooked(view, node)) is not None]
    return Choice(
        key=BOOKED,
        kind=GrantKind.BOOKED,
        label="A booked GPU",
        enabled=False,
        reason="You have no booking now.",
        next_free=min(free, default=None),
    )


def _why_not_booked(view: View, booking: Booking) -> str:
    if view.now >= view.closing.moments(booking.interval.end).save:
        return "Your booking is about to end."
    held = sum(len(lease.gpus) for lease in view.leases if lease.live and lease.booking == booking.id)
    if held and held >= booking.gpus and not _ending(view, booking):
        return "Another server of yours already uses this booking."
    return ""


def _ending(view: View, booking: Booking) -> bool:
    """Tell whether a lease of the booking is on its way out: then its GPU is waited for, not refused."""
    soon = view.now + view.closing.handover
    own = [lease for lease in view.leases if lease.live and lease.booking == booking.id]
    return any(lease.until is not None and lease.until <= soon for lease in own)


def _ready_at(view: View, booking: Booking) -> datetime:
    """Return when enough devices of the booking's node are free: now, or when holders on it are due."""
    missing = booking.gpus - len(_free_devices(view, booking.node))
    if missing <= 0:
        return view.now
    due = sorted(
        (lease.until, len(lease.gpus))
        for lease in view.leases
        if _held_on(lease, booking.node) and lease.until
    )
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
    if refusal := _why_not_booked(view, booking):
        return _cpu(refusal, None)
    ready = _ready_at(view, booking)
    if ready > view.now or len(_free_devices(view, booking.node)) < booking.gpus:
        if ready <= view.now + view.closing.handover:
            return Wait(
                message="Your GPU is being handed over to you; this takes a few seconds.",
                retry_after=RETRY,
            )
        return _cpu("Your GPU is still being handed over to you.", ready)
    return Decision(
        kind=GrantKind.BOOKED,
        reason=f"Your booking gives you {_title(_pool(view, booking), booking.gpus)}.",
        gpus=tuple(_free_devices(view, booking.node)[: booking.gpus]),
        pool=booking.pool,
        node=booking.node,
        booking=booking.id,
        until=booking.interval.end,
    )


def _coming(view: View, user: UserName, wanted: str) -> datetime | None:
    own = (b for b in view.bookings if b.live and b.user == user and (not wanted or str(b.id) == wanted))
    return min((b.interval.start for b in own if b.interval.start > view.now), default=None)


def _cpu(reason: str, next_free: datetime | None) -> Decision:
    return Decision(kind=GrantKind.CPU, reason=f"{reason} You were given CPU.", next_free=next_free)


# ---- idle


def _idle_choice(view: View, user: UserName, pool: GpuPool) -> Choice:
    decision = _decide_idle(view, user, pool)
    lent = decision.kind is GrantKind.OPPORTUNISTIC
    return Choice(
        key=f"{IDLE}:{pool.id}",
        kind=GrantKind.OPPORTUNISTIC,
        label=f"An idle {pool.product}, may be taken back when somebody's booking starts",
        enabled=lent,
        reason="" if lent else decision.reason.removesuffix(" You were given CPU."),
        pool=pool.id,
        gpus=1,
        simulated=pool.simulated,
        until=decision.until,
        next_free=decision.next_free,
    )


def _decide_idle(view: View, user: UserName, pool: GpuPool) -> Decision:
    if any(
        lease.live and lease.user == user and lease.kind is GrantKind.OPPORTUNISTIC for lease in view.leases
    ):
        return _cpu("You already use an idle GPU in another server.", None)
    lendable = [(node, _lendable_until(view, node)) for node in pool.nodes if _idle_devices(view, node)]
    if not lendable:
        free = [t for node in pool.nodes if (t := _next_unbooked(view, node)) is not None]
        return _cpu(f"No {pool.product} is idle now.", min((t for t in free if t > view.now), default=None))
    node, until = max(lendable, key=lambda pair: (pair[1] is None, pair[1] or view.now))
    if until is not None and until - view.now < view.closing.lend_at_least:
        return _cpu(f"The idle {pool.product} is booked too soon to be lent.", None)
    return Decision(
        kind=GrantKind.OPPORTUNISTIC,
        reason=f"You borrow an idle {pool.product}; it may be taken back when somebody's booking starts.",
        gpus=(_idle_devices(view, node)[0],),
        pool=pool.id,
        node=node.id,
        until=until,
    )


def _lendable_until(view: View, node: Node) -> datetime | None:
    lent = sum(
        len(le.gpus) for le in view.leases if _held_on(le, node.id) and le.kind is GrantKind.OPPORTUNISTIC
    )
    return lent_until(view, node, lent + 1)


def _idle_devices(view: View, node: Node) -> list[Gpu]:
    """Return the devices nobody holds, less as many as running bookings may still claim."""
    free = _free_devices(view, node.id)
    running = {
        b.id: b.gpus for b in view.bookings if b.node == node.id and b.live and b.interval.contains(view.now)
    }
    claimed = sum(len(le.gpus) for le in view.leases if _held_on(le, node.id) and le.booking in running)
    broken = sum(o.gpus for o in node.outages if o.interval.contains(view.now))
    return free[: max(0, len(free) - max(0, sum(running.values()) - claimed) - broken)]


# ---- counting


def _held_on(lease: Lease, node: NodeId) -> bool:
    return lease.live and lease.node == node


def _free_devices(view: View, node: NodeId) -> list[Gpu]:
    held = {gpu for lease in view.leases if lease.live for gpu in lease.gpus}
    return sorted((g for g in view.gpus if g.node == node and g.id not in held), key=lambda g: g.index)


def _unbooked(view: View, node: Node, moment: datetime) -> int:
    booked = sum(
        b.gpus for b in view.bookings if b.node == node.id and b.live and b.interval.contains(moment)
    )
    return node.capacity - booked - sum(o.gpus for o in node.outages if o.interval.contains(moment))


def _next_unbooked(view: View, node: Node) -> datetime | None:
    ends = [b.interval.end for b in view.bookings if b.node == node.id and b.live]
    ends += [o.interval.end for o in node.outages]
    moments = [view.now, *sorted(e for e in ends if e > view.now)]
    return next((moment for moment in moments if _unbooked(view, node, moment) > 0), None)
