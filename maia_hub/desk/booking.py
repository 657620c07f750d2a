"""Use cases of bookings: ask, book, move, extend, end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.calendar import Calendar
from maia_hub.core.errors import Conflict, InvalidInput
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import BookingId, NodeId, PoolId, ServerName, new_booking_id
from maia_hub.core.interval import Interval
from maia_hub.core.leases import Lease
from maia_hub.core.placement import replan
from maia_hub.core.policy import Refusal, Request, refusals
from maia_hub.desk.asking import from_now, next_slot_of, node_for
from maia_hub.desk.people import Actor, require_admin, require_owner
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.refusing import check_gpus, known, no_room, own_live, refuse_if_stopping, refused
from maia_hub.desk.values import Asked, Slot, Verdict
from maia_hub.desk.work import Cases, Work, calendar_of, pool_of
from maia_hub.store.notices import Notice


class BookingCases(Cases):
    """What people do with bookings."""

    def booking(self, booking_id: BookingId, now: datetime) -> Booking:
        """Return a booking; `NotFound` if there is none."""
        with self._read(now) as work:
            return known(work, booking_id)

    def bookings(
        self,
        actor: Actor,
        now: datetime,
        *,
        mine: bool = False,
        interval: Interval | None = None,
        states: list[str] | None = None,
    ) -> list[Booking]:
        """Return bookings by their start: everybody's or one's own, that touch an interval, in some states."""
        with self._read(now) as work:
            return work.tx.bookings.within(interval, user=actor.user if mine else None, states=states)

    def next_slot(
        self, pool_id: PoolId, gpus: int, duration: timedelta, after: datetime, now: datetime
    ) -> Slot | None:
        """Return the earliest free slot at or after ``after``; None if there never is one."""
        with self._read(now) as work:
            pool = Asked(interval=Interval(after, after + duration), pool=pool_id).resolve(
                work.tx.inventory.pools()
            )
            check_gpus(gpus, pool)
            calendar = calendar_of(pool, work.tx.bookings.occupying(now))
            return next_slot_of(calendar, pool, gpus, duration, max(after, now))

    def check(self, actor: Actor, asked: Asked, now: datetime, ignore: BookingId | None = None) -> Verdict:
        """Say whether the booking would pass; ``ignore`` names the booking that would be moved."""
        with self._read(now) as work:
            moved = known(work, ignore) if ignore else None
            return self._verdict(work, actor, asked, moved)

    def book(self, actor: Actor, asked: Asked, now: datetime) -> Booking:
        """Book; `Refused` by a rule, `Overbooked` if there is no room, `InvalidInput` if it can never be."""
        with self._write(now) as work:
            pool = asked.resolve(work.tx.inventory.pools())
            interval = from_now(asked.interval, now)
            verdict = self._verdict(work, actor, asked, None)
            node = verdict.node if verdict.allowed else None
            if node is None:
                node = self._make_room(work, pool, asked.gpus, interval, verdict)
            asked_for = Booking(
                id=new_booking_id(),
                user=actor.user,
                pool=pool.id,
                node=node,
                gpus=asked.gpus,
                interval=interval,
                state=BookingState.REQUESTED,
                created=now,
                note=asked.note,
                project=asked.project,
                cluster=pool.cluster,
            )
            booking = advance(asked_for, BookingEvent.CONFIRM, now)
            work.tx.bookings.add(booking)
            work.record(actor.user, "booking.confirmed", booking.id, booking.user, after=facts(booking))
            reclaim(work)
            return booking

    def change(
        self,
        actor: Actor,
        booking_id: BookingId,
        start: datetime | None,
        end: datetime | None,
        note: str | None,
        now: datetime,
    ) -> Booking:
        """Move, shorten or annotate a booking; what is None stays."""
        with self._write(now) as work:
            booking = own_live(work, actor, booking_id, now)
            interval = Interval(start or booking.interval.start, end or booking.interval.end)
            if booking.interval.start <= now and interval.start != booking.interval.start:
                raise Conflict(
                    "A booking that has begun keeps its start.",
                    given=interval.start.isoformat(),
                    allowed=booking.interval.start.isoformat(),
                    advice="Change its end, or release it and book anew.",
                )
            changed = replace(booking, note=booking.note if note is None else note)
            if interval != booking.interval:
                self._leave_time_to_close(work, booking, interval)
                changed = self._moved(work, actor, changed, interval)
            return self._put(work, actor, "booking.changed", booking, changed)

    def extend(self, actor: Actor, booking_id: BookingId, until: datetime, now: datetime) -> Booking:
        """Give a booking a later end; a running server learns of it before this returns."""
        with self._write(now) as work:
            booking = own_live(work, actor, booking_id, now)
            if until <= booking.interval.end:
                raise InvalidInput(
                    "The new end is not later than the old one.",
                    given=until.isoformat(),
                    allowed=f"later than {booking.interval.end.isoformat()}",
                    advice="Choose a later end; to give time back, shorten or release the booking.",
                )
            for lease in _leases(work, booking):
                refuse_if_stopping(work, lease)
            longer = self._moved(work, actor, booking, Interval(booking.interval.start, until))
            return self._put(work, actor, "booking.extended", booking, longer)

    def end(
        self, actor: Actor, booking_id: BookingId, event: BookingEvent, reason: str, now: datetime
    ) -> Booking:
        """Cancel, release or (administrators) revoke a booking.

        A server that holds its GPUs gets the usual time to save and stop; the booking ends when that is over.
        Releasing a booking that was never used cancels it.
        """
        with self._write(now) as work:
            booking = known(work, booking_id)
            if event is BookingEvent.REVOKE:
                require_admin(actor)
            else:
                require_owner(booking, actor)
            if event is BookingEvent.RELEASE and booking.state is BookingState.CONFIRMED:
                event = BookingEvent.CANCEL
            leases = _leases(work, booking)
            moment = (
                min(booking.interval.end, now + self.closing.saving + self.closing.drain) if leases else now
            )
            ended = advance(booking, event, moment)
            work.tx.bookings.put(ended)
            cause = ended.cause.value if ended.cause else "ended"
            work.record(
                actor.user,
                f"booking.{cause}",
                booking.id,
                booking.user,
                reason=reason,
                before=facts(booking),
                after=facts(ended),
            )
            for lease in leases:
                set_until(work, lease, moment)
            if event is BookingEvent.REVOKE:
                work.tx.notices.add(_revoked(booking, reason, now))
            reclaim(work)
            return ended

    # ---- inside one transaction

    def _verdict(self, work: Work, actor: Actor, asked: Asked, moved: Booking | None) -> Verdict:
        pool = asked.resolve(work.tx.inventory.pools())
        check_gpus(asked.gpus, pool)
        interval = from_now(asked.interval, work.now)
        calendar = calendar_of(pool, work.tx.bookings.occupying(work.now), without=moved)
        found = self._refusals(work, actor, asked, pool, moved)
        node = node_for(calendar, asked.gpus, interval, moved, work.now)
        if not found and node is not None:
            return Verdict(node)
        asked_now = replace(asked, interval=interval)
        return Verdict(node, tuple(found), self._next_passing(work, actor, asked_now, calendar, moved))

    def _next_passing(
        self, work: Work, actor: Actor, asked: Asked, calendar: Calendar, moved: Booking | None
    ) -> Slot | None:
        """Return the next slot like the one asked for that is free and passes the rules; None if there is none."""
        pool = asked.resolve(work.tx.inventory.pools())
        after = max(work.now, asked.interval.start)
        while slot := next_slot_of(calendar, pool, asked.gpus, asked.interval.duration, after):
            found = self._refusals(work, actor, replace(asked, interval=slot.interval), pool, moved)
            if not found:
                return slot
            starts = [refusal.earliest for refusal in found if refusal.earliest is not None]
            if len(starts) < len(found) or max(starts) <= slot.interval.start:
                return None
            after = max(starts)
        return None

    def _refusals(
        self, work: Work, actor: Actor, asked: Asked, pool: GpuPool, moved: Booking | None
    ) -> list[Refusal]:
        same_start = moved is not None and moved.interval.start == asked.interval.start
        later_end = moved is not None and asked.interval.end > moved.interval.end
        request = Request(
            user=actor.user,
            project=asked.project,
            pool=pool.id,
            gpus=asked.gpus,
            interval=asked.interval,
            purpose="new" if moved is None else "extend" if same_start and later_end else "move",
            booking=moved,
        )
        policy = self.policies.choose(asked.project, actor.roles)
        return refusals(policy, request, work.tx.bookings.of_user(actor.user), work.now)

    def _make_room(
        self, work: Work, pool: GpuPool, gpus: int, interval: Interval, verdict: Verdict
    ) -> NodeId:
        """Return a node for the request, moving bookings that have not begun; raise if there is none."""
        if verdict.refusals:
            raise refused(verdict)
        there = [b for b in work.tx.bookings.occupying(work.now) if b.pool == pool.id]
        movable = [b for b in there if b.state is BookingState.CONFIRMED and b.interval.start > work.now]
        plan = replan(pool.nodes, [b for b in there if b not in movable], movable, gpus, interval)
        if plan is None:
            raise no_room(pool, gpus, verdict)
        for booking in movable:
            if booking.id in plan.moves:
                moved = replace(booking, node=plan.moves[booking.id])
                work.tx.bookings.put(moved)
                work.record(
                    "platform",
                    "booking.placed",
                    booking.id,
                    booking.user,
                    reason="moved to another node to make room",
                    before=facts(booking),
                    after=facts(moved),
                )
        return plan.node

    def _moved(self, work: Work, actor: Actor, booking: Booking, interval: Interval) -> Booking:
        asked = Asked(interval=interval, gpus=booking.gpus, pool=booking.pool, project=booking.project)
        verdict = self._verdict(work, actor, asked, booking)
        if verdict.refusals:
            raise refused(verdict)
        if verdict.node is None:
            raise no_room(pool_of(work.tx.inventory.pools(), booking.pool), booking.gpus, verdict)
        return replace(booking, interval=interval, node=verdict.node)

    def _leave_time_to_close(self, work: Work, booking: Booking, interval: Interval) -> None:
        """Refuse an end that a running server could not meet in good order."""
        for lease in _leases(work, booking):
            refuse_if_stopping(work, lease)
            earliest = work.now + self.closing.saving + self.closing.drain
            if interval.end < min(earliest, booking.interval.end):
                raise InvalidInput(
                    "A server uses this booking and needs time to save and stop.",
                    given=interval.end.isoformat(),
                    allowed=f"{earliest.isoformat()} or later",
                    advice="Choose a later end, or release the booking.",
                )

    def _put(self, work: Work, actor: Actor, action: str, before: Booking, after: Booking) -> Booking:
        """Write a changed booking; its leases and whoever borrows its GPUs follow."""
        work.tx.bookings.put(after)
        work.record(actor.user, action, after.id, after.user, before=facts(before), after=facts(after))
        self._follow(work, after)
        reclaim(work)
        return after

    def _follow(self, work: Work, booking: Booking) -> None:
        """Let the leases of a booking end with it."""
        for lease in _leases(work, booking):
            set_until(work, lease, booking.interval.end)


def facts(booking: Booking) -> dict[str, object]:
    """Return what the audit log keeps of a booking."""
    return {
        "pool": booking.pool,
        "node": booking.node,
        "gpus": booking.gpus,
        "start": booking.interval.start.isoformat(),
        "end": booking.interval.end.isoformat(),
        "state": booking.state.value,
        "cause": booking.cause.value if booking.cause else None,
        "ended_at": booking.ended_at.isoformat() if booking.ended_at else None,
    }


def set_until(work: Work, lease: Lease, until: datetime | None) -> None:
    """Move the end of a lease, and tell the server that holds it."""
    work.tx.leases.set_until(lease.id, until)
    server = work.tx.servers.by_grant(lease.id)
    if server is not None:
        work.publish(server, replace(lease, until=until))


def _leases(work: Work, booking: Booking) -> list[Lease]:
    return [lease for lease in work.tx.leases.live() if lease.booking == booking.id]


def _revoked(booking: Booking, reason: str, now: datetime) -> Notice:
    """Say why; that her server came back without GPU, if one ran, is another message."""
    return Notice(
        user=booking.user,
        server=ServerName(""),
        at=now,
        kind="info",
        title="An administrator ended your booking",
        message=f"It was booked until {booking.interval.end:%Y-%m-%d %H:%M} UTC. The reason: {reason}",
    )
