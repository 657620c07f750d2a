"""What a user may choose for a server that starts now, and what is not possible with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.classes import called
from maia_hub.core.gpus import GpuPool
from maia_hub.core.grants import (
    BOOKED,
    CPU,
    IDLE,
    WAIT,
    borrows,
    decide_idle,
    pool_of,
    ready_at,
    share_of,
    title,
    why_not_booked,
)
from maia_hub.core.ids import DEFAULT_PROJECT, BookingId, PoolId, UserName
from maia_hub.core.leases import GrantKind
from maia_hub.core.queueing import place
from maia_hub.core.view import View, coming_bookings, next_unbooked, running_bookings


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing a server may (or, with ``reason``, may not) be started with now.

    ``until`` is when it would end; ``next_free`` when it could be had, if it cannot now; ``place`` which place in
    the line it brings.
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
    place: int | None = None


def choices(view: View, user: UserName) -> list[Choice]:
    """Return everything that could be offered to ``user`` now, what is not possible with its reason."""
    found = [Choice(key=CPU, kind=GrantKind.CPU, label="CPU")]
    found += [_booked_choice(view, booking) for booking in running_bookings(view, user)]
    if len(found) == 1:
        found.append(_no_booking_choice(view, user))
    for pool in view.pools:
        idle = _idle_choice(view, user, pool)
        found.append(idle)
        if not idle.enabled and pool.largest_node and not borrows(view, user):
            found.append(_wait_choice(view, user, pool, idle.next_free))
    return found


def preselect(offered: Sequence[Choice], last: str | None) -> str:
    """Return the key of the choice to preselect: the last one made if it is possible now, CPU otherwise.

    A booking made last time stands for whichever booking runs now; who never chose gets a running booking. Who
    waited last time gets the idle GPU if there is one now.
    """
    wanted = last or BOOKED
    idle = f"{IDLE}:{wanted.removeprefix(f'{WAIT}:')}"
    if wanted.startswith(f"{WAIT}:") and any(c.key == idle and c.enabled for c in offered):
        return idle
    for choice in offered:
        same_kind = wanted.startswith(BOOKED) and choice.key.startswith(BOOKED)
        if choice.enabled and (choice.key == wanted or same_kind):
            return choice.key
    return CPU


def _booked_choice(view: View, booking: Booking) -> Choice:
    pool, gpus = pool_of(view, booking), share_of(view, booking)
    choice = Choice(
        key=f"{BOOKED}:{booking.id}",
        kind=GrantKind.BOOKED,
        label=_label(view, booking, title(pool, gpus)),
        pool=booking.pool,
        booking=booking.id,
        gpus=gpus,
        simulated=pool.simulated,
        until=booking.interval.end,
    )
    refusal = why_not_booked(view, booking)
    if refusal:
        return replace(choice, enabled=False, reason=refusal)
    ready = ready_at(view, booking)
    if ready > view.now + view.closing.handover:
        return replace(choice, enabled=False, reason="It is still being handed over to you.", next_free=ready)
    return choice


def _label(view: View, booking: Booking, what: str) -> str:
    found = view.group_of(booking)
    return f"Your booked {what}{_purpose(booking)}" if found is None else f"{called(*found)}: {what}"


def _purpose(booking: Booking) -> str:
    return "" if booking.project == DEFAULT_PROJECT else f" for {booking.project}"


def _no_booking_choice(view: View, user: UserName) -> Choice:
    coming = min((b.interval.start for b in coming_bookings(view, user)), default=None)
    if coming is not None:
        return Choice(
            key=BOOKED,
            kind=GrantKind.BOOKED,
            label="Your booked GPU",
            enabled=False,
            reason="Your next booking has not begun.",
            next_free=coming,
        )
    free = [t for pool in view.pools for node in pool.nodes if (t := next_unbooked(view, node)) is not None]
    return Choice(
        key=BOOKED,
        kind=GrantKind.BOOKED,
        label="A booked GPU",
        enabled=False,
        reason="You have no booking now.",
        next_free=min(free, default=None),
    )


def _idle_choice(view: View, user: UserName, pool: GpuPool) -> Choice:
    decision = decide_idle(view, user, pool)
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


def _wait_choice(view: View, user: UserName, pool: GpuPool, expected: datetime | None) -> Choice:
    return Choice(
        key=f"{WAIT}:{pool.id}",
        kind=GrantKind.CPU,
        label=f"Wait for an idle {pool.product}: start on CPU now",
        pool=pool.id,
        simulated=pool.simulated,
        next_free=expected,
        place=place(view, user, pool.id),
    )
