"""Use cases of those who look after the waiting list: see all wishes, and take one off it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent
from maia_hub.core.errors import Conflict, NotFound
from maia_hub.core.ids import BookingId, PoolId, ProjectId, UserName, WishId
from maia_hub.core.waitlist import Wish, WishState
from maia_hub.desk.ending import EndingCases
from maia_hub.desk.facts import wish_facts
from maia_hub.desk.people import Actor, require_admin
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.values import WishView
from maia_hub.desk.waitlist import WaitlistCases
from maia_hub.desk.wishing import cancel_offered, dismiss, tell
from maia_hub.desk.work import Work
from maia_hub.store.wishes import Early, WishPage

PLATFORM = Actor(UserName("platform"))
MEMBER = "wish.member"
"""What is recorded of a booking that was made for a wish whose owner is in its project, as the hub has said since."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A booking that was made for a wish of which the hub has not been asked yet whether its owner may have it."""

    booking: BookingId
    user: UserName
    project: ProjectId


class TendingCases(WaitlistCases, EndingCases):
    """What administrators, and the platform itself, do about others' wishes."""

    def all_wishes(self, actor: Actor, now: datetime, page: WishPage) -> list[WishView]:
        """Return everybody's wishes that are on the list, the oldest first, each with its place (administrators)."""
        require_admin(actor)
        lately: dict[PoolId, list[Early]] = {}
        with self._read(now) as work:
            return [self._shown(work, wish, lately) for wish in work.tx.wishes.on_list(page)]

    def remove_wish(self, actor: Actor, wish_id: WishId, reason: str, now: datetime) -> None:
        """Take somebody's wish off the list (administrators); she is told why, and what was offered goes on."""
        require_admin(actor)
        with self._write(now) as work:
            wish = work.tx.wishes.get(wish_id)
            if wish is None:
                raise NotFound("There is no such wish.", given=str(wish_id), advice="Look again at the list.")
            if not wish.on_list:
                raise Conflict(
                    "This wish is not on the waiting list any more.",
                    given=wish.state.value,
                    allowed="a wish that waits, or for which something is offered",
                    advice="If a booking was made for it, revoke that.",
                )
            self._remove(work, wish, actor, "removed", reason)

    def promoted(self, now: datetime) -> list[Promotion]:
        """Return the bookings that were made for wishes and of whose owners the hub is to be asked."""
        with self._read(now) as work:
            found = (
                (wish, work.tx.bookings.get(wish.booking)) for wish in work.tx.wishes.served() if wish.booking
            )
            return [
                Promotion(booking.id, wish.user, wish.project)
                for wish, booking in found
                if booking is not None and _unasked(work, wish, booking)
            ]

    def confirm_promotion(self, promotion: Promotion, now: datetime, *, member: bool) -> None:
        """Keep a booking whose owner is in its project; else end it, and let the next one have the time."""
        with self._write(now) as work:
            wish = work.tx.wishes.by_booking(promotion.booking)
            booking = work.tx.bookings.get(promotion.booking)
            if wish is None or booking is None or not _unasked(work, wish, booking):
                return
            if member:
                work.record("platform", MEMBER, booking.id, wish.user)
                return
            reason = f"no longer in the project {wish.project}"
            if wish.state is WishState.OFFERED:
                self._remove(work, wish, PLATFORM, "no-member", reason)
                return
            self._end(work, PLATFORM, booking, BookingEvent.REVOKE, reason)
            tell(work, wish, "no-member", booking.interval, reason=reason)
            reclaim(work)

    def _remove(self, work: Work, wish: Wish, actor: Actor, what: str, reason: str) -> None:
        booking = work.tx.bookings.get(wish.booking) if wish.booking else None
        dismiss(work, wish)
        gone = replace(wish, state=WishState.WITHDRAWN, booking=None, until=None, notice=None, reason=reason)
        work.tx.wishes.put(gone, work.now)
        tell(work, wish, what, wish.window, reason=reason)
        work.record(actor.user, f"wish.{what}", wish.id, wish.user, reason=reason, before=wish_facts(wish))
        if booking is not None and booking.live:
            cancel_offered(work, booking, actor.user)


def _unasked(work: Work, wish: Wish, booking: Booking) -> bool:
    """Tell whether a booking is still what was made for the wish, and the hub was not asked yet."""
    return booking.live and booking.user == wish.user and not work.tx.events.has(MEMBER, str(booking.id))
