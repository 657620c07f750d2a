"""Use cases of booked GPUs that do nothing: the question, its answer, and what becomes of no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent
from maia_hub.core.errors import Conflict
from maia_hub.core.idleness import Asked, IdleRules, question
from maia_hub.core.ids import BookingId, LeaseId
from maia_hub.core.interval import in_words
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.desk.cases import Cases
from maia_hub.desk.closed import close
from maia_hub.desk.holding import leases_of, set_until
from maia_hub.desk.people import Actor, require_owner
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.refusing import known
from maia_hub.desk.reminding import remind, withdraw
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice
from maia_hub.store.reminders import Reminder


class IdleCases(Cases):
    """What follows from how busy booked GPUs are."""

    def booked_leases(self, now: datetime) -> list[Lease]:
        """Return what is held by bookings now."""
        with self._read(now) as work:
            return [lease for lease in work.tx.leases.live() if lease.kind is GrantKind.BOOKED]

    def watch_idle(self, peaks: Mapping[LeaseId, float | None], rules: IdleRules, now: datetime) -> None:
        """Ask the owners of bookings whose GPUs all do nothing, take questions back, release without an answer.

        ``peaks`` is the highest use of each lease's GPUs over the window; a lease that is younger than the window has
        none. Of a booking with several leases each must be idle. A class's bookings are nobody's to give up.
        """
        with self._write(now) as work:
            asked = work.tx.reminders.all("idle")
            held: dict[BookingId, list[Lease]] = {}
            for lease in work.tx.leases.live():
                if lease.booking is not None:
                    held.setdefault(lease.booking, []).append(lease)
            for booking_id in asked.keys() - held.keys():
                withdraw(work, work.tx.bookings.get(booking_id), asked[booking_id])
            for booking_id, leases in held.items():
                booking = work.tx.bookings.get(booking_id)
                if booking is not None and booking.live and booking.group is None:
                    peak = _peak(leases, peaks, rules, now)
                    self._look(work, booking, leases, peak, rules, asked.get(booking_id))

    def needed(self, actor: Actor, booking_id: BookingId, now: datetime) -> Booking:
        """Answer that an idle GPU is needed; `Conflict` if nobody asked."""
        with self._write(now) as work:
            booking = known(work, booking_id)
            require_owner(booking, actor)
            reminder = work.tx.reminders.all("idle").get(booking_id)
            if reminder is None:
                raise Conflict(
                    "Nobody asked whether this booking is needed.",
                    given=str(booking_id),
                    allowed="a booking whose GPUs were found idle",
                    advice="There is nothing to do: it stays yours.",
                )
            work.tx.notices.dismiss(booking.user, reminder.notice)
            if reminder.kept is None:
                work.tx.reminders.put(replace(reminder, kept=now))
                work.record(actor.user, "booking.kept", booking.id, booking.user)
            return booking

    def _look(
        self,
        work: Work,
        booking: Booking,
        leases: list[Lease],
        peak: float | None,
        rules: IdleRules,
        reminder: Reminder | None,
    ) -> None:
        asked = Asked(at=reminder.at, kept=reminder.kept) if reminder else None
        step = question(peak, rules, work.now, asked)
        if step == "ask":
            _ask(work, booking, leases[0], rules)
        elif step == "withdraw" and reminder is not None:
            withdraw(work, booking, reminder)
        elif step == "release" and reminder is not None:
            withdraw(work, booking, reminder)
            self._release(work, booking, rules)

    def _release(self, work: Work, booking: Booking, rules: IdleRules) -> None:
        """End a booking; its server gets the usual time to save and stop."""
        moment = min(booking.interval.end, work.now + self.closing.saving + self.closing.drain)
        reason = f"less than {rules.below:g} % used over {_minutes(rules)} minutes, and no answer"
        close(work, booking, BookingEvent.GIVE_BACK, moment, reason)
        for lease in leases_of(work, booking):
            set_until(work, lease, moment)
        reclaim(work)


def _peak(
    leases: list[Lease], peaks: Mapping[LeaseId, float | None], rules: IdleRules, now: datetime
) -> float | None:
    """Return the highest use over a booking's leases; None if of one it is not known over the whole window."""
    found = [peaks.get(lease.id) if now - lease.since >= rules.window else None for lease in leases]
    every = [peak for peak in found if peak is not None]
    return max(every) if every and len(every) == len(found) else None


def _minutes(rules: IdleRules) -> str:
    return f"{rules.window.total_seconds() / 60:g}"


def _ask(work: Work, booking: Booking, lease: Lease, rules: IdleRules) -> None:
    after = rules.release_after
    otherwise = (
        f"Without an answer it is released {in_words(work.now + after)}."
        if after is not None
        else "Others may be waiting for one."
    )
    notice = Notice(
        user=booking.user,
        server=lease.server,
        at=work.now,
        kind="idle",
        title="Your GPU seems idle",
        message=f"Less than {rules.below:g} % use for {_minutes(rules)} minutes. Do you still need it? {otherwise}",
        booking=booking.id,
    )
    remind(work, booking, "idle", notice)
