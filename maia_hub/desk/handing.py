"""Use case of bookings that go to a colleague: she is told, and may give them back; nobody waits for her consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.errors import Conflict, Forbidden, InvalidInput, Refused
from maia_hub.core.ids import BookingId, ServerName, UserName, new_booking_id
from maia_hub.core.interval import Interval, in_words
from maia_hub.core.policy import Request, refusals
from maia_hub.desk.asking import AskingCases
from maia_hub.desk.facts import booking_facts
from maia_hub.desk.holding import leases_of, set_until
from maia_hub.desk.people import Actor, require_hand_in
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.refusing import known, refuse_if_stopping, refused, require_live
from maia_hub.desk.values import Verdict
from maia_hub.desk.work import Work, pool_of
from maia_hub.store.notices import Notice


class HandingCases(AskingCases):
    """How a booking goes from one member of a project to another."""

    def hand_over(self, actor: Actor, booking_id: BookingId, to: Actor, now: datetime) -> Booking:
        """Let ``to`` have a booking (its owner, who leads its project, or an administrator); return hers.

        One that has not begun changes its owner. Of one that has, the rest becomes a booking of hers: what was used
        stays its owner's. A server that holds its GPUs gets the usual time to save and stop. The rules that count are
        the receiver's; for the project nothing changes.
        """
        with self._write(now) as work:
            booking = known(work, booking_id)
            if not actor.admin:
                require_hand_in(booking, actor)
            require_live(booking, now)
            _require_own(booking)
            _require_colleague(booking, to)
            rest = self._rest(work, booking)
            self._require_passing(work, booking, rest, to)
            if rest == booking.interval and booking.state is BookingState.CONFIRMED:
                return _given(work, actor, booking, to.user)
            return _divided(work, actor, booking, rest, to.user)

    def _rest(self, work: Work, booking: Booking) -> Interval:
        """Return what the receiver gets: all of it, or what is left once a server has had time to stop."""
        leases = leases_of(work, booking)
        for lease in leases:
            refuse_if_stopping(work, lease)
        start = work.now + self.closing.saving + self.closing.drain if leases else work.now
        if booking.interval.start > work.now:
            return booking.interval
        if start >= booking.interval.end:
            raise Conflict(
                "Too little of this booking is left to be handed over.",
                given=in_words(booking.interval.end),
                allowed=f"an end after {in_words(start)}",
                advice="Extend it first, or let your colleague book.",
            )
        return Interval(max(start, booking.interval.start), booking.interval.end)

    def _require_passing(self, work: Work, booking: Booking, rest: Interval, to: Actor) -> None:
        """Raise `Refused` if the receiver may not have it by the rules that she books by."""
        wanted = Request(
            user=to.user,
            project=booking.project,
            pool=booking.pool,
            gpus=booking.gpus,
            interval=rest,
            purpose="take-over",
        )
        policy = work.in_force.policies.choose(booking.project, to.roles)
        found = refusals(policy, wanted, work.tx.bookings.of_user(to.user), work.now)
        if found:
            why = refused(Verdict(None, tuple(found)))
            raise Refused(
                f"The rules do not let {to.user} have it. To {to.user} they say: {why.message}",
                given=why.given,
                allowed=why.allowed,
                advice="Choose another colleague, or change the booking first.",
                details=why.details,
            )


def _require_own(booking: Booking) -> None:
    if booking.group is not None:
        raise Conflict(
            "This booking is of a class, and no one person's to hand over.",
            given=str(booking.id),
            advice="Put your colleague into the group, on the class's page.",
        )


def _require_colleague(booking: Booking, to: Actor) -> None:
    if to.user == booking.user:
        raise InvalidInput(
            "The booking is theirs already.",
            given=to.user,
            allowed="somebody else of the project",
            advice="Name a colleague.",
        )
    if booking.project not in to.projects:  # of who is unknown here the same is said
        raise Forbidden(
            f"Nobody called “{to.user}” is in the project “{booking.project}”.",
            given=to.user,
            allowed=f"a member of {booking.project} who has signed in at the hub before",
            advice="Correct the name, or ask a lead of the project to let your colleague in.",
        )


def _given(work: Work, actor: Actor, booking: Booking, to: UserName) -> Booking:
    """Let a booking that has not begun change its owner; the note goes with it if its owner gives it."""
    note = booking.note if actor.user == booking.user else ""
    taken = replace(booking, user=to, note=note, series=None)
    work.tx.bookings.put(taken)
    entry = work.tx.alarms.endangered().get(booking.id)
    if entry is not None:  # its new owner is to be told, too
        if entry.notice is not None:
            work.tx.notices.dismiss(booking.user, entry.notice)
        work.tx.alarms.put_endangered(replace(entry, told=None, notice=None))
    work.record(
        actor.user, "booking.handed-over", booking.id, to, before=_facts(booking), after=_facts(taken)
    )
    _tell(work, actor, booking, taken)
    return taken


def _divided(work: Work, actor: Actor, booking: Booking, rest: Interval, to: UserName) -> Booking:
    """End a booking that has begun where the rest begins, and make that the receiver's."""
    ended = advance(booking, BookingEvent.HAND_OVER, rest.start)
    work.tx.bookings.put(ended)
    work.tx.notices.withdraw(booking.user, "switch")
    work.record(
        actor.user,
        "booking.handed-over",
        booking.id,
        booking.user,
        before=_facts(booking),
        after=_facts(ended),
    )
    for lease in leases_of(work, booking):
        set_until(work, lease, rest.start)
    taken = replace(
        booking,
        id=new_booking_id(),
        user=to,
        interval=rest,
        state=BookingState.CONFIRMED,
        created=work.now,
        first_used=None,
        note=booking.note if actor.user == booking.user else "",
        series=None,
    )
    work.tx.bookings.add(taken)
    reason = f"the rest of {booking.id}, handed over by {actor.user}"
    work.record(actor.user, "booking.confirmed", taken.id, to, reason=reason, after=_facts(taken))
    _tell(work, actor, booking, taken)
    reclaim(work)
    return taken


def _facts(booking: Booking) -> Mapping[str, object]:
    return {**booking_facts(booking), "user": booking.user}


def _tell(work: Work, actor: Actor, before: Booking, after: Booking) -> None:
    start, end = in_words(after.interval.start), in_words(after.interval.end)
    what = f"{after.gpus} × {pool_of(work.tx.inventory.pools(), after.pool).product} from {start} to {end}"
    giver = before.user if actor.user == before.user else f"{actor.user}, for {before.user},"
    told = Notice(
        user=after.user,
        server=ServerName(""),
        at=work.now,
        kind="info",
        title="You were handed a booking",
        message=f"{giver} gives you {what}. Give it up if you cannot use it.",
        booking=after.id,
    )
    work.tx.notices.add(told, beside=True)
    if actor.user != before.user:
        message = f"By {actor.user}: {after.user} has {what}."
        title = "Your booking was given to a colleague"
        lost = replace(told, user=before.user, title=title, message=message, booking=before.id)
        work.tx.notices.add(lost, beside=True)
