"""Use cases of bookings: book, move, extend."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.errors import Conflict, InvalidInput
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import (
    BookingId,
    NodeId,
    ProjectId,
    SeriesId,
    ServerName,
    UserName,
    new_booking_id,
)
from maia_hub.core.interval import Interval, in_words
from maia_hub.core.projects import require_member
from maia_hub.desk.asking import AskingCases, from_now, pool_meant
from maia_hub.desk.audience import tell
from maia_hub.desk.cases import JOINED
from maia_hub.desk.facts import booking_facts
from maia_hub.desk.holding import leases_of, set_until
from maia_hub.desk.people import Actor, for_owner, require_owner
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.refusing import known, live_in_hand, no_room, refuse_if_stopping, refused
from maia_hub.desk.values import Asked, Verdict
from maia_hub.desk.work import Work
from maia_hub.store import Beyond
from maia_hub.store.bookings import Page
from maia_hub.store.notices import Notice


class BookingCases(AskingCases):
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
        project: ProjectId | None = None,
        page: Page | None = None,
    ) -> list[Booking]:
        """Return bookings by their start: everybody's or one's own, of an interval, some states or a project."""
        with self._read(now) as work:
            user = actor.user if mine else None
            return work.tx.bookings.within(interval, user=user, states=states, project=project, page=page)

    def book(self, actor: Actor, asked: Asked, now: datetime) -> Booking:
        """Book; `Refused` by a rule, `Overbooked` if there is no room, `InvalidInput` if it can never be."""
        joined = JOINED.get()
        if joined is not None:
            return self._book(joined, actor, asked)
        with suppress(Beyond), self._quickly(actor.user, now) as (work, _):
            return self._book(work, actor, asked)
        with self._write(now) as work:
            return self._book(work, actor, asked)

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
            booking = live_in_hand(work, actor, booking_id, now)
            if note is not None:
                require_owner(booking, actor)
            interval = Interval(start or booking.interval.start, end or booking.interval.end)
            if booking.group is not None and interval != booking.interval:
                raise Conflict(
                    "This booking is of a class, and begins with all others of its date.",
                    given=interval.start.isoformat(),
                    allowed="a later end",
                    advice="Extend it, or cancel the date on the class's page.",
                )
            if booking.interval.start <= now and interval.start != booking.interval.start:
                raise Conflict(
                    "A booking that has begun keeps its start.",
                    given=interval.start.isoformat(),
                    allowed=booking.interval.start.isoformat(),
                    advice="Change its end, or release it and book anew.",
                )
            changed = replace(booking, note=booking.note if note is None else note)
            if interval.start != booking.interval.start:
                interval = from_now(interval, now)
            if interval != booking.interval:
                self._leave_time_to_close(work, booking, interval)
                changed = self._moved(work, actor, changed, interval)
            return self._put(work, actor, "booking.changed", booking, changed)

    def extend(self, actor: Actor, booking_id: BookingId, until: datetime, now: datetime) -> Booking:
        """Give a booking a later end; a running server learns of it before this returns."""
        with self._write(now) as work:
            booking = live_in_hand(work, actor, booking_id, now)
            if until <= booking.interval.end:
                raise InvalidInput(
                    "The new end is not later than the old one.",
                    given=until.isoformat(),
                    allowed=f"later than {booking.interval.end.isoformat()}",
                    advice="Choose a later end; to give time back, shorten or release the booking.",
                )
            for lease in leases_of(work, booking):
                refuse_if_stopping(work, lease)
            longer = self._moved(work, actor, booking, Interval(booking.interval.start, until))
            return self._put(work, actor, "booking.extended", booking, longer)

    def outlasts(self, booking: Booking, now: datetime) -> datetime | None:
        """Return when what runs by a booking ends before it, for its end is fixed; None if nothing does."""
        with self._read(now) as work:
            ends = [lease.until for lease in leases_of(work, booking) if lease.fixed and lease.until]
            return min((end for end in ends if end < booking.interval.end), default=None)

    # ---- inside one transaction

    def _book(self, work: Work, actor: Actor, asked: Asked, series: SeriesId | None = None) -> Booking:
        require_member(actor.projects, asked.project)
        self._look_at(work, actor.user)
        pool = pool_meant(work, asked, None)
        verdict = self._verdict(work, actor, asked, None)
        node = _granted(verdict, pool, asked)
        make_room(work, verdict)
        return confirm(work, actor.user, asked, pool, node, by=actor.user, series=series)

    def _moved(self, work: Work, actor: Actor, booking: Booking, interval: Interval) -> Booking:
        asked = Asked(interval=interval, gpus=booking.gpus, pool=booking.pool, project=booking.project)
        if booking.interval.intersection(interval) != interval:
            require_member(actor.projects, booking.project)
        verdict = self._verdict(work, for_owner(actor, booking), asked, booking)
        node = _granted(verdict, pool_meant(work, asked, booking), asked)
        make_room(work, verdict, booking)
        return replace(booking, interval=interval, node=node)

    def _leave_time_to_close(self, work: Work, booking: Booking, interval: Interval) -> None:
        """Refuse an end that a running server could not meet in good order."""
        for lease in leases_of(work, booking):
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
        work.record(
            actor.user, action, after.id, after.user, before=booking_facts(before), after=booking_facts(after)
        )
        if actor.user != after.user:
            tell(work, after, _changed(after, actor, work.now))
        for lease in leases_of(work, after):
            set_until(work, lease, after.interval.end)
        reclaim(work)
        return after


def confirm(
    work: Work,
    user: UserName,
    asked: Asked,
    pool: GpuPool,
    node: NodeId,
    *,
    by: str,
    series: SeriesId | None = None,
) -> Booking:
    """Write the booking that was asked for and passes; whoever borrows its GPUs follows."""
    asked_for = Booking(
        id=new_booking_id(),
        user=user,
        pool=pool.id,
        node=node,
        gpus=asked.gpus,
        interval=from_now(asked.interval, work.now),
        state=BookingState.REQUESTED,
        created=work.now,
        note=asked.note,
        project=asked.project,
        cluster=pool.cluster,
        series=series,
    )
    booking = advance(asked_for, BookingEvent.CONFIRM, work.now)
    work.tx.bookings.add(booking)
    work.record(by, "booking.confirmed", booking.id, booking.user, after=booking_facts(booking))
    reclaim(work)
    return booking


def _granted(verdict: Verdict, pool: GpuPool, asked: Asked) -> NodeId:
    """Return the node of a wish that passes; raise what stands in its way."""
    if verdict.refusals:
        raise refused(verdict)
    if verdict.node is None:
        raise no_room(pool, asked.gpus, verdict)
    return verdict.node


def make_room(work: Work, verdict: Verdict, moved: Booking | None = None) -> None:
    """Move bookings that have not begun to other nodes, as the verdict wants it; ``moved`` makes room for them.

    All leave their places before any takes another one's: two may change places.
    """
    leaving = [booking for booking in map(work.tx.bookings.get, verdict.moves) if booking is not None]
    for booking in leaving if moved is None or not leaving else [*leaving, moved]:
        work.tx.bookings.put(replace(booking, state=BookingState.REQUESTED))
    for booking in leaving:
        placed = replace(booking, node=verdict.moves[booking.id])
        work.tx.bookings.put(placed)
        work.record(
            "platform",
            "booking.placed",
            booking.id,
            booking.user,
            reason="moved to another node to make room",
            before=booking_facts(booking),
            after=booking_facts(placed),
        )


def _changed(booking: Booking, actor: Actor, now: datetime) -> Notice:
    """Tell the owner of a booking that another one changed it."""
    start, end = in_words(booking.interval.start), in_words(booking.interval.end)
    return Notice(
        user=booking.user,
        server=ServerName(""),
        at=now,
        kind="info",
        title="A lead of your project changed your booking"
        if booking.group is None
        else "Your time was changed",
        message=f"By {actor.user} it is now from {start} to {end}.",
    )
