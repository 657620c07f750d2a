"""Bookings that their node cannot keep: found, placed elsewhere, or told of; and the all-clear."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.gpus import Node
from maia_hub.core.ids import BookingId, NodeId, ServerName
from maia_hub.core.interval import UTC, Interval, in_words
from maia_hub.core.shortages import endangered, why_short
from maia_hub.desk.asking import AskingCases, planned
from maia_hub.desk.audience import require_hand, tell, untell
from maia_hub.desk.booking import make_room
from maia_hub.desk.facts import booking_facts
from maia_hub.desk.holding import leases_of
from maia_hub.desk.keeping import let_go
from maia_hub.desk.people import Actor
from maia_hub.desk.refusing import known
from maia_hub.desk.values import Asked, Slot, Verdict
from maia_hub.desk.work import Work, calendar_of, pool_of
from maia_hub.store.alarms import Endangered, NodeTrouble
from maia_hub.store.notices import Notice

_ALWAYS = datetime.max.replace(tzinfo=UTC)
_OFFERS = 3
_OFFERED_WITHIN = timedelta(days=60)
"""Later than this nothing is offered: it may as well be free because nobody knows how long an outage lasts."""


class CapacityCases(AskingCases):
    """What follows from GPUs that are not there any more."""

    def watch_capacity(self, work: Work, *, at_once: Collection[NodeId] = ()) -> None:
        """Place elsewhere what a node cannot keep, tell the owners of what finds no place, and give the all-clear.

        What is short for a moment only (a kubelet that restarts) is waited for; not on the nodes ``at_once``,
        whose outage somebody planned. A booking that should run now is placed elsewhere without waiting.
        """
        short = short_bookings(work)
        if short:  # a booking comes before a wish: it may go where something is kept free
            let_go(work)
        known = work.tx.alarms.endangered()
        for entry in known.values():
            if entry.booking not in short:
                self._all_clear(work, entry)
        for booking, reason in short.values():
            entry = known.get(booking.id) or Endangered(booking=booking.id, reason=reason, since=work.now)
            waited = work.now - entry.since >= self.patience or booking.node in at_once
            if (waited or booking.interval.start <= work.now) and self._place_elsewhere(
                work, booking, reason
            ):
                self._all_clear(work, entry)
            elif waited and entry.told is None:
                work.tx.alarms.put_endangered(self._tell(work, replace(entry, reason=reason), booking))
            elif booking.id not in known:
                work.tx.alarms.put_endangered(entry)

    def offers_for(self, actor: Actor, booking_id: BookingId, now: datetime) -> tuple[Slot, ...]:
        """Return what could be had instead of a booking that is to come (owner, leads, administrators)."""
        with self._read(now) as work:
            booking = known(work, booking_id)
            if not actor.admin:
                require_hand(work, booking, actor)
            to_come = booking.live and booking.interval.start > now
            return self.offers(work, booking) if to_come else ()

    def offers(self, work: Work, booking: Booking) -> tuple[Slot, ...]:
        """Return up to three free slots like a booking that pass the rules: the next from its start on, else sooner."""
        start = booking.interval.start
        found = self._free_from(work, booking, max(start, work.now))
        if len(found) < _OFFERS and start > work.now:
            found += [
                slot for slot in self._free_from(work, booking, work.now) if slot.interval.start < start
            ]
        return tuple(found[:_OFFERS])

    def _free_from(self, work: Work, booking: Booking, after: datetime) -> list[Slot]:
        pool = pool_of(work.tx.inventory.pools(), booking.pool)
        calendar = calendar_of(pool, work.tx.bookings.occupying(work.now), without=booking)
        found: list[Slot] = []
        while len(found) < _OFFERS:
            asked = Asked(
                interval=Interval(after, after + booking.interval.duration),
                gpus=booking.gpus,
                pool=pool.id,
                project=booking.project,
            )
            slot = self.next_passing(work, Actor(booking.user), asked, pool, calendar, booking)
            if slot is None or slot.interval.start > work.now + _OFFERED_WITHIN:
                break
            found.append(slot)
            after = slot.interval.end
        return found

    def _place_elsewhere(self, work: Work, booking: Booking, reason: str) -> bool:
        """Give a booking that nobody uses now a place on another node; False if there is none."""
        current = work.tx.bookings.get(booking.id)
        if current is None or current.node != booking.node:  # it made room for another one meanwhile
            return current is not None
        if leases_of(work, booking):
            return False
        verdict = _place(work, booking)
        if verdict is None or verdict.node is None:
            return False
        make_room(work, verdict, booking)
        placed = replace(booking, node=verdict.node)
        work.tx.bookings.put(placed)
        work.record(
            "platform",
            "booking.placed",
            booking.id,
            booking.user,
            reason=f"moved to another node: {reason}"[:200],
            before=booking_facts(booking),
            after=booking_facts(placed),
        )
        tell(work, booking, _moved(booking, placed, reason, work.now))
        return True

    def _tell(self, work: Work, entry: Endangered, booking: Booking) -> Endangered:
        slots = self.offers(work, booking)
        notice = tell(work, booking, _warning(booking, entry.reason, slots, work.now))
        work.record(
            "platform",
            "booking.endangered",
            booking.id,
            booking.user,
            reason=entry.reason,
            after={"node": booking.node, "offers": [slot.interval.start.isoformat() for slot in slots]},
        )
        return replace(entry, told=work.now, notice=notice)

    def _all_clear(self, work: Work, entry: Endangered) -> None:
        """Forget a danger that is over; who was told of it is told of that, too, if the booking is to come."""
        work.tx.alarms.remove_endangered(entry.booking)
        booking = work.tx.bookings.get(entry.booking)
        if booking is None or entry.told is None:
            return
        if entry.notice is not None:
            untell(work, booking, entry.notice)
        if booking.live:
            tell(work, booking, _relief(booking, work.now))
            work.record("platform", "booking.safe", booking.id, booking.user)


def short_bookings(work: Work) -> Mapping[BookingId, tuple[Booking, str]]:
    """Return the bookings that their nodes cannot keep from now on, each with the reason in words."""
    occupying = work.tx.bookings.occupying(work.now)
    by_node: dict[NodeId, list[Booking]] = {}
    for booking in occupying:
        by_node.setdefault(booking.node, []).append(booking)
    troubles = work.tx.alarms.troubles() if by_node else {}
    always = Interval(work.now, _ALWAYS)
    return {
        booking.id: (booking, _reason(node, booking, troubles))
        for pool in (work.tx.inventory.pools() if by_node else ())
        for node in pool.nodes
        for booking in endangered(_bare(node), by_node.get(node.id, ()), always)
        if booking.live
    }


def _bare(node: Node) -> Node:
    """Return a node without what is kept free on it: that takes nothing from a booking."""
    return replace(node, outages=tuple(outage for outage in node.outages if not outage.kept))


def _reason(node: Node, booking: Booking, troubles: Mapping[NodeId, NodeTrouble]) -> str:
    trouble = troubles.get(node.id)
    if trouble is not None:
        return f"{node.id}: {trouble.reason}"
    return f"{node.id}: {why_short(node, booking.interval)}"


def _place(work: Work, booking: Booking) -> Verdict | None:
    """Return where else a booking fits, others making room if it has not begun; None if nowhere."""
    pool = pool_of(work.tx.inventory.pools(), booking.pool)
    # Also what has ended counts: the database looks at the whole of a booking that is moved.
    there = calendar_of(pool, work.tx.bookings.within(booking.interval), without=booking)
    node = there.fits(booking.gpus, booking.interval)
    if node is not None:
        return Verdict(node)
    if booking.interval.start <= work.now:
        return None
    others = [b for b in work.tx.bookings.occupying(work.now) if b.id != booking.id]
    asked = Asked(interval=booking.interval, gpus=booking.gpus, pool=pool.id, project=booking.project)
    plan = planned(calendar_of(pool, others), pool, others.copy, asked, None, work.now)
    return Verdict(plan.node, moves=plan.moves) if plan else None


def _moved(before: Booking, after: Booking, reason: str, now: datetime) -> Notice:
    return Notice(
        user=before.user,
        server=ServerName(""),
        at=now,
        kind="info",
        title="Your booking has another machine",
        message=f"It has gone to {after.node}, at the same time. {reason}.",
        booking=before.id,
    )


def _warning(booking: Booking, reason: str, slots: tuple[Slot, ...], now: datetime) -> Notice:
    when = in_words(booking.interval.start)
    if booking.interval.start <= now:
        return _shaky(booking, reason, now)
    free = ", ".join(in_words(slot.interval.start) for slot in slots)
    advice = f"As long and free: from {free}." if free else "No other slot of that length is free."
    return Notice(
        user=booking.user,
        server=ServerName(""),
        at=now,
        kind="endangered",
        title="There may be no GPU for your booking",
        message=f"It begins {when}. {reason}. {advice} Move your booking, or wait: you are told if it is safe again.",
        booking=booking.id,
    )


def _shaky(booking: Booking, reason: str, now: datetime) -> Notice:
    """Tell whoever uses a GPU, or could, that it may not last: nothing is taken from her for that."""
    return Notice(
        user=booking.user,
        server=ServerName(""),
        at=now,
        kind="endangered",
        title="Something is wrong with the GPU of your booking",
        message=f"{reason}. Save your work often; release the booking and book anew if it does not work.",
        booking=booking.id,
    )


def _relief(booking: Booking, now: datetime) -> Notice:
    return Notice(
        user=booking.user,
        server=ServerName(""),
        at=now,
        kind="info",
        title="Your booking is safe again",
        message=f"There is a GPU for the one that begins {in_words(booking.interval.start)}.",
        booking=booking.id,
    )
