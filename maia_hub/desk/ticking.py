"""What time does: bookings that end, begin or go unused, and servers whose GPU must go back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, EndCause
from maia_hub.core.ids import BookingId, LeaseId
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.desk.attending import Warnings, attend, forget_attended, look_again
from maia_hub.desk.audience import users
from maia_hub.desk.broken import leave_broken
from maia_hub.desk.capacity import CapacityCases
from maia_hub.desk.closed import close
from maia_hub.desk.offering import offer
from maia_hub.desk.promoting import PromotingCases
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.values import Due, Respawn
from maia_hub.desk.work import Work
from maia_hub.store.events import Event
from maia_hub.store.notices import Notice
from maia_hub.store.servers import Server, StopCause

_STOPS: dict[EndCause | None, StopCause] = {
    EndCause.RELEASED: "released",
    EndCause.REVOKED: "revoked",
    EndCause.HANDED_OVER: "handed-over",
    EndCause.IDLE: "given-back",
}
"""Why a server stops whose booking was ended before its time."""
_MARKED_EVERY = timedelta(minutes=1)


class TickCases(CapacityCases, PromotingCases):
    """What the loops ask for; safe to repeat, and right after a clock that was set back."""

    def tick(self, now: datetime) -> list[Event]:
        """Do what time alone brings about: end, release unused, announce; return what was done."""
        with self._write(now) as work:
            due = work.tx.bookings.due(now)
            self._begun.intersection_update({booking.id for booking in due})
            warnings = work.tx.reminders.all("unused")
            for booking in due:
                self._tick_booking(work, booking, warnings)
            forget_attended(work, warnings)
            if work.tx.alarms.endangered():  # what takes GPUs away looks itself for bookings that need them
                self.watch_capacity(work)
            self.keep_waitlist(work)
            leave_broken(work)
            reclaim(work)
            offer(work)
            self._mark(work)
            return list(work.events)

    def due(self, now: datetime) -> Due:
        """Return the servers that must be respawned now, and when to look again."""
        with self._read(now) as work:
            over = now + self.closing.drain
            ending = {lease.id: lease for lease in work.tx.leases.ending_by(over)}
            jobs = (
                self._respawn(work, server, ending.get(LeaseId(server.grant_id)))
                for server in work.tx.servers.to_respawn(over)
            )
            respawns = tuple(job for job in jobs if job is not None)
            return Due(respawns, min(self._moments(work, over), default=None))

    def _moments(self, work: Work, over: datetime) -> Iterator[datetime]:
        """Yield when something is due next: a stop, the beginning or the end of a booking, one that is unused."""
        end = work.tx.leases.next_end(over)
        if end is not None:
            yield self.closing.moments(end).stop
        coming = work.tx.bookings.next_moment(work.now)
        if coming is not None:
            yield coming
        lapse = work.tx.queue.next_lapse(work.now)
        if lapse is not None:
            yield lapse
        waiting = work.tx.wishes.next_moment()
        if waiting is not None:
            yield max(waiting, work.now)
        warnings = work.tx.reminders.all("unused")
        for booking in work.tx.bookings.due(work.now):
            again = look_again(booking, work.in_force.policies.choose(booking.project), work.now, warnings)
            if again is not None:
                yield again

    def _respawn(self, work: Work, server: Server, lease: Lease | None) -> Respawn | None:
        cause: StopCause | None = server.stopping
        if cause is None and server.switch_to is not None:
            cause = "switch"
        if cause is None and lease is not None and lease.until is not None:
            cause = cause_of(work, lease) if work.now >= self.closing.moments(lease.until).stop else None
        if cause is None or (server.stopping is not None and server.state == "running"):
            return None
        choice = server.switch_to or (server.resume if cause == "switch" else None)
        return Respawn(
            user=server.user, server=server.server, grant=LeaseId(server.grant_id), cause=cause, choice=choice
        )

    def _tick_booking(self, work: Work, booking: Booking, warnings: Warnings) -> None:
        used = booking.state is BookingState.ACTIVE
        if booking.interval.end <= work.now:
            event = BookingEvent.COMPLETE if used else BookingEvent.EXPIRE
            close(work, booking, event, booking.interval.end)
        elif not used and not attend(work, booking, work.in_force.policies.choose(booking.project), warnings):
            self._begin(work, booking)

    def _begin(self, work: Work, booking: Booking) -> None:
        """Announce, once, that an unused booking runs."""
        if booking.id in self._begun:
            return
        if work.tx.events.has("booking.begun", str(booking.id)):
            self._begun.add(booking.id)
        else:
            _announce(work, booking)

    def _mark(self, work: Work) -> None:
        """Mark what the events of the last minute say; what there is more of goes on with the next look."""
        if self._marked is None or abs(work.now - self._marked) >= _MARKED_EVERY:
            self._marked = None if work.tx.marks.go_on() else work.now

    _marked: datetime | None = None

    @cached_property
    def _begun(self) -> set[BookingId]:
        """Bookings that are known to be announced: thousands that run unused are not asked for at every tick."""
        return set()


def cause_of(work: Work, lease: Lease) -> StopCause:
    """Return why a lease that has come to its end ends."""
    if lease.kind is GrantKind.OPPORTUNISTIC:
        return "preempted"
    booking = work.tx.bookings.get(lease.booking) if lease.booking else None
    if booking is not None and booking.cause in _STOPS:
        return _STOPS[booking.cause]
    if booking is not None and lease.fixed and booking.live and work.now < booking.interval.end:
        return "renewed"
    return "expired"


def _announce(work: Work, booking: Booking) -> None:
    """Say that an unused booking runs; offer it to servers of its owner that run without GPU."""
    work.record("platform", "booking.begun", booking.id, booking.user)
    title = "Your booking has begun" if booking.group is None else "Your class has begun"
    for server in (each for user in users(work, booking) for each in work.tx.servers.of_user(user)):
        if server.state == "running" and server.kind is not GrantKind.BOOKED:
            work.tx.notices.add(
                Notice(
                    user=server.user,
                    server=server.server,
                    at=work.now,
                    kind="switch",
                    title=title,
                    message="Switch your server to its GPU now, or later. Switching restarts it; "
                    "kernel memory is lost.",
                )
            )
