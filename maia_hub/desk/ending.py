"""Use cases of bookings that end before their time: cancel, release, revoke."""

from __future__ import annotations

from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.ids import BookingId, ServerName
from maia_hub.core.interval import in_words
from maia_hub.desk.audience import tell
from maia_hub.desk.cases import Cases
from maia_hub.desk.facts import booking_facts
from maia_hub.desk.holding import leases_of, set_until
from maia_hub.desk.people import Actor, require_oversight, require_owner
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.refusing import known
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice


class EndingCases(Cases):
    """How people give a booking back."""

    def end(
        self, actor: Actor, booking_id: BookingId, event: BookingEvent, reason: str, now: datetime
    ) -> Booking:
        """Cancel, release or (administrators, and who leads the project) revoke a booking.

        A server that holds its GPUs gets the usual time to save and stop; the booking ends when that is over.
        Releasing a booking that was never used cancels it.
        """
        with self._write(now) as work:
            booking = known(work, booking_id)
            if event is BookingEvent.REVOKE:
                require_oversight(booking, actor)
            else:
                require_owner(booking, actor)
            ended = self._end(work, actor, booking, event, reason)
            if event is BookingEvent.REVOKE:
                tell(work, booking, _revoked(booking, actor, reason, now))
            reclaim(work)
            return ended

    def _end(self, work: Work, actor: Actor, booking: Booking, event: BookingEvent, reason: str) -> Booking:
        """End a booking, in a transaction that gives its GPUs to others afterwards."""
        if event is BookingEvent.RELEASE and booking.state is BookingState.CONFIRMED:
            event = BookingEvent.CANCEL
        leases = leases_of(work, booking)
        closed = work.now + self.closing.saving + self.closing.drain
        moment = min(booking.interval.end, closed) if leases else work.now
        ended = advance(booking, event, moment)
        work.tx.bookings.put(ended)
        cause = ended.cause.value if ended.cause else "ended"
        work.record(
            actor.user,
            f"booking.{cause}",
            booking.id,
            booking.user,
            reason=reason,
            before=booking_facts(booking),
            after=booking_facts(ended),
        )
        for lease in leases:
            set_until(work, lease, moment)
        return ended


def _revoked(booking: Booking, actor: Actor, reason: str, now: datetime) -> Notice:
    """Say why; that her server came back without GPU, if one ran, is another message."""
    return Notice(
        user=booking.user,
        server=ServerName(""),
        at=now,
        kind="info",
        title=f"{_office(booking, actor)} ended your booking",
        message=f"It was booked until {in_words(booking.interval.end)}. The reason: {reason}",
    )


def _office(booking: Booking, actor: Actor) -> str:
    return "A lead of your project" if actor.leads(booking.project) else "An administrator"
