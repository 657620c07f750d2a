"""Use cases of the waiting list: ask for booked time, see one's place, take what is offered, give the place up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import PoolId, UserName, WishId, new_wish_id
from maia_hub.core.interval import Interval
from maia_hub.core.policy import TOLERANCE
from maia_hub.core.projects import require_member
from maia_hub.core.waitlist import Wish, WishState, expected
from maia_hub.desk.asking import from_now, pool_meant
from maia_hub.desk.facts import wish_facts
from maia_hub.desk.people import Actor
from maia_hub.desk.promoting import PromotingCases
from maia_hub.desk.refusing import check_gpus, known, refused
from maia_hub.desk.values import Asked, Verdict, WishView
from maia_hub.desk.work import Work
from maia_hub.store.wishes import Early

NEVER = frozenset({"min-duration", "max-duration", "max-gpus", "project-products"})
"""Rules that refuse whatever the time and whatever else is booked: there is nothing to wait for."""
LATELY = timedelta(days=28)
"""What opened within this time says how soon something will."""
_HOUR = timedelta(hours=1)


class WaitlistCases(PromotingCases):
    """What people do about their wishes; that one becomes a booking is `PromotingCases`' doing."""

    def wish(self, actor: Actor, asked: Asked, latest_start: datetime | None, now: datetime) -> WishView:
        """Put a wish on the list; what is free already, and passes the rules, is booked at once.

        Raises:
            InvalidInput: it can never be, or its window has passed.
            Refused: a rule refuses it at any time.
            Conflict: its owner has as many wishes as she may.
        """
        with self._write(now) as work:
            require_member(actor.projects, asked.project)
            pool = pool_meant(work, asked, None)
            check_gpus(asked.gpus, pool)
            made = self._made(actor, asked, pool, latest_start, now)
            never = [
                r
                for r in self._wish_refusals(work, made, from_now(asked.interval, now), pool)
                if r.rule in NEVER
            ]
            if never:
                raise refused(Verdict(None, tuple(never)))
            mine = work.tx.wishes.of_user(actor.user)
            if len(mine) >= self.policies.waiting.most:
                raise Conflict(
                    "You have as many wishes on the waiting list as you may.",
                    given=len(mine) + 1,
                    allowed=self.policies.waiting.most,
                    advice="Withdraw one that you can do without: maia waitlist withdraw.",
                )
            work.tx.wishes.add(made, now)
            work.record(actor.user, "wish.added", made.id, actor.user, after=wish_facts(made))
            use = self.rank(work, actor.user)
            return self._shown(work, self.look(work, replace(made, use=use), offers=False), {})

    def wishes(self, user: UserName, now: datetime, *, past: bool = False) -> list[WishView]:
        """Return the user's wishes, the oldest first, with place and expected time; those that are over if asked."""
        with self._read(now) as work:
            return self.wishes_of(work, user, past=past)

    def wishes_of(self, work: Work, user: UserName, *, past: bool = False) -> list[WishView]:
        """Return the same within a transaction."""
        lately: dict[PoolId, list[Early]] = {}
        return [self._shown(work, wish, lately) for wish in work.tx.wishes.of_user(user, past=past)]

    def withdraw_wish(self, user: UserName, wish_id: WishId, now: datetime) -> None:
        """Give a place up; what is offered with it goes to the next."""
        with self._write(now) as work:
            wish = _own(work, user, wish_id)
            if wish.state is WishState.OFFERED:
                self.turn_down(work, wish, WishState.WITHDRAWN, user)
            else:
                self.leave(work, wish, WishState.WITHDRAWN, user)

    def accept_wish(self, actor: Actor, wish_id: WishId, now: datetime) -> Booking:
        """Take what is offered; `Conflict` if nothing is, or no longer."""
        with self._write(now) as work:
            wish = _own(work, actor.user, wish_id, taken=True)
            if wish.booking is None or (wish.until is not None and wish.until <= now):
                raise Conflict(
                    "Nothing is offered to you now.",
                    advice="You are asked when your turn has come: maia waitlist",
                )
            require_member(actor.projects, wish.project)
            booking = known(work, wish.booking)
            if wish.state is WishState.OFFERED:
                self.keep(work, wish, actor.user)
            return booking

    def decline_wish(self, user: UserName, wish_id: WishId, now: datetime) -> None:
        """Turn down what is offered; the next one has it. What the wish asks for later still waits."""
        with self._write(now) as work:
            wish = _own(work, user, wish_id)
            if wish.state is not WishState.OFFERED:
                raise Conflict(
                    "Nothing is offered to you now.", advice="To wait no longer, withdraw the wish."
                )
            self.turn_down(work, wish, WishState.DECLINED, user)

    def _made(
        self, actor: Actor, asked: Asked, pool: GpuPool, latest_start: datetime | None, now: datetime
    ) -> Wish:
        start, length = asked.interval.start, asked.interval.duration
        latest = max(latest_start or start, start)
        if latest < now - TOLERANCE:
            raise InvalidInput(
                "That time has begun already.",
                given=latest.isoformat(),
                allowed=f"a latest start after {now.isoformat()}",
                advice="Name a later start, or a latest start that is still to come.",
            )
        latest = max(latest, now)
        return Wish(
            id=new_wish_id(),
            user=actor.user,
            pool=pool.id,
            gpus=asked.gpus,
            length=length,
            window=Interval(max(start, now), latest + length),
            since=now,
            project=asked.project,
            note=asked.note,
            roles=actor.roles,
        )

    def _shown(self, work: Work, wish: Wish, lately: dict[PoolId, list[Early]]) -> WishView:
        """Return a wish with what can be said of it; ``lately`` keeps what was read of its pool."""
        pool = next(p for p in work.tx.inventory.pools() if p.id == wish.pool)
        booking = work.tx.bookings.get(wish.booking) if wish.booking else None
        if wish.state is not WishState.WAITING:
            return WishView(wish=wish, pool=pool, place=None, expected=None, booking=booking)
        if wish.pool not in lately:
            lately[wish.pool] = work.tx.wishes.given_back(wish.pool, work.now - LATELY)
        number = 1 + work.tx.wishes.ahead(wish, self._aged(work))
        opened = sum(gpus >= wish.gpus and length >= wish.length for gpus, length in lately[wish.pool])
        when = expected(wish, number, opened, LATELY, work.now)
        return WishView(wish=wish, pool=pool, place=number, expected=_rounded(when), booking=booking)


def _rounded(moment: datetime | None) -> datetime | None:
    """Return the next whole hour: nobody knows better, and what is shown should not change with every second."""
    if moment is None:
        return None
    whole = moment.replace(minute=0, second=0, microsecond=0)
    return whole if whole == moment else whole + _HOUR


def _own(work: Work, user: UserName, wish_id: WishId, *, taken: bool = False) -> Wish:
    """Return one of the user's wishes that is on the list, or (``taken``) has become a booking."""
    found = work.tx.wishes.get(wish_id)
    if found is None or found.user != user:
        raise NotFound(
            "You have no such wish on the waiting list.",
            given=str(wish_id),
            advice="Look again: maia waitlist",
        )
    if not found.on_list and not (taken and found.state is WishState.SERVED):
        raise Conflict(
            "This wish is not on the waiting list any more.",
            given=found.state.value,
            allowed="a wish that waits, or for which something is offered",
            advice="If a booking was made for it, cancel that; else wish anew.",
        )
    return found
