"""What opens in the calendar goes to who waits for it, in the transaction that frees it: nobody sees it free."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import NodeId, PoolId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Refusal
from maia_hub.core.room import soonest
from maia_hub.core.ticks import TICK
from maia_hub.core.waitlist import (
    Wish,
    WishState,
    first,
    offered_until,
    recent_use,
    without,
)
from maia_hub.desk import keeping
from maia_hub.desk.asking import AskingCases
from maia_hub.desk.booking import confirm
from maia_hub.desk.facts import wish_facts
from maia_hub.desk.found import Found, found_on, pool_with
from maia_hub.desk.freeing import Freed
from maia_hub.desk.people import Actor
from maia_hub.desk.wishing import (
    Grounds,
    apart,
    asked_for,
    cancel_offered,
    dismiss,
    grounds_of,
    tell,
)
from maia_hub.desk.work import Work
from maia_hub.store.keeps import Keep

_log = logging.getLogger(__name__)

AT_ONCE = 50
"""Wishes that one transaction judges by the rules; what is left over is looked at by the next ones."""
LOOK_AGAIN = timedelta(minutes=5)
"""A wish that a rule refuses is looked at again so often, though nothing opens: rules pass with time, too."""
RANKED_EVERY = timedelta(minutes=10)
KEPT = timedelta(days=30)
_LOOKED_AT = 10
"""Wishes that one tick looks for room for, in the whole of their windows: nobody else may write meanwhile."""
_FIRST = 8
"""Of those who fit so many are read at a time: mostly the first one passes."""
_PASSES = {"horizon"}
"""Rules that time alone makes pass: meanwhile her place is kept."""
_HALF_LIVES = 10
"""GPU-hours that long ago count for a thousandth."""


class PromotingCases(AskingCases):
    """How wishes become bookings."""

    def _follow(self, work: Work) -> None:
        """Give what this transaction freed to those who wait; if that fails, the change that freed it stays."""
        if not (work.freed or work.reopened) or not work.tx.wishes.any():
            return
        try:
            with apart(work):
                if work.reopened:
                    work.tx.wishes.look_again(work.now)
                self._promote_freed(work)
        except (
            Exception
        ):  # whoever cancels must not fail for the sake of others: they are looked at by the next tick
            _log.exception("what was freed could not be given to those who wait; it is tried again")
            work.freed.clear()
            work.tx.wishes.look_again(work.now)

    def keep_waitlist(self, work: Work) -> None:
        """Do what time brings about: offers lapse, windows pass, rules pass, use is forgotten."""
        if not work.tx.wishes.any():
            return
        for wish in work.tx.wishes.offered():
            self._keep_offer(work, wish)
        for wish in work.tx.wishes.passed(work.now, AT_ONCE):
            self.leave(work, wish, WishState.PASSED, "platform")
        for pool in keeping.to_keep_free(work, self._aged(work)):
            self._keep_free(work, pool)
        for wish in work.tx.wishes.to_look_at(work.now, self._aged(work), _LOOKED_AT):
            self.look(work, wish)
        for user in work.tx.wishes.to_rank(work.now - RANKED_EVERY, AT_ONCE):
            self.rank(work, user)
        work.tx.wishes.forget(work.now - KEPT)

    def look(self, work: Work, wish: Wish, *, offers: bool = True, there: Grounds | None = None) -> Wish:
        """Promote a wish if it is possible now, wherever; else note what stands in its way. Return what it is then.

        ``there`` is what is free there now, if that is known.
        """
        there = there or grounds_of(work, [wish])
        after, refusal = max(work.now, wish.window.start), None
        while there is not None:
            found = soonest(there.rooms, wish.gpus, wish.length, after, wish.latest_start + TICK)
            if found is None:
                break
            refused = self._wish_refusals(work, wish, found[1], there.pool)
            if not refused:
                return self._serve(work, wish, there.pool, found[0], found[1], offers=offers)
            refusal = refused[0]
            if refusal.earliest is None or refusal.earliest <= found[1].start:
                break
            after = refusal.earliest
        self._pass_over(work, wish, refusal)
        return replace(wish, reason=refusal.message if refusal else "")

    def rank(self, work: Work, user: UserName) -> int:
        """Reckon somebody's recent use anew, and return it."""
        half = self.policies.waiting.half_life
        since = Interval(work.now - half * _HALF_LIVES, work.now + timedelta(days=36_500))
        taken = [
            (b.occupied, b.gpus) for b in work.tx.bookings.within(since, user=user) if b.occupied is not None
        ]
        use = recent_use(taken, work.now, half)
        work.tx.wishes.rank(user, use, work.now)
        return use

    def turn_down(self, work: Work, wish: Wish, state: WishState, actor: str) -> None:
        """End what is offered for a wish; what it asks for later still waits, with the place that it had."""
        booking = work.tx.bookings.get(wish.booking) if wish.booking else None
        if booking is None or wish.until is None:
            return
        left = without(wish, booking.interval) if state is not WishState.WITHDRAWN else None
        if left is None:
            self.leave(work, wish, state, actor)
        else:
            dismiss(work, wish)
            notice = tell(work, wish, "again" if state is WishState.LAPSED else "", booking.interval)
            work.tx.wishes.put(replace(left, notice=notice), work.now)
            work.record(
                actor,
                f"wish.{state.value}",
                wish.id,
                wish.user,
                before=wish_facts(wish),
                after=wish_facts(left),
            )
        if booking.live:
            cancel_offered(work, booking, actor)

    def leave(self, work: Work, wish: Wish, state: WishState, actor: str) -> None:
        """Take a wish off the list."""
        keeping.let_go(work, wish.id)
        dismiss(work, wish)
        gone = replace(wish, state=state, booking=None, until=None, notice=None)
        work.tx.wishes.put(gone, work.now)
        tell(work, wish, state.value, wish.window)
        work.record(actor, f"wish.{state.value}", wish.id, wish.user, before=wish_facts(wish))

    def keep(self, work: Work, wish: Wish, actor: str) -> None:
        """Let what was offered be the owner's."""
        dismiss(work, wish)
        work.tx.wishes.put(replace(wish, state=WishState.SERVED, until=None, notice=None), work.now)
        work.record(actor, "wish.accepted", wish.id, wish.user, after=wish_facts(wish))

    # ---- inside one transaction

    def _promote_freed(self, work: Work) -> None:
        """Give what is free where something was freed, node by node, until nobody can have any of it."""
        left, kept = AT_ONCE, set[PoolId]()
        while work.freed:
            node_id, freed = work.freed.pop(0)
            pool = pool_with(work, node_id)
            if pool and pool.id not in kept and self._keep_free(work, pool.id, (node_id, freed)):
                kept.add(pool.id)
                pool = pool_with(work, node_id)
            found = found_on(work, pool, node_id, freed) if pool and freed.end > work.now else None
            if found is None:
                continue
            while left > 0 and self._promote_one(work, found):
                left -= 1
            left -= len(found.refused)
            if left <= 0:
                work.tx.wishes.look_again(work.now, pool=found.pool.id)

    def _keep_free(self, work: Work, pool_id: PoolId, freed: Freed | None = None) -> bool:
        """Serve who has waited longest, or keep free what she waits for, before others; False if all is as it was."""
        aged = work.tx.wishes.aged(self._aged(work), keeping.KEPT_FOR, pool_id)
        before = work.tx.keeps.of(pool_id)
        if not (aged or before) or (freed and keeping.left_as_it_is(before, aged, freed, work.now)):
            return False
        work.tx.keeps.remove({each.wish for each in before})
        after = self._first_kept(work, aged, before)
        for each in after:
            work.tx.keeps.add(each)
        keeping.note(work, before, after)
        return True

    def _first_kept(self, work: Work, aged: list[Wish], before: list[Keep]) -> list[Keep]:
        """Serve wishes until there is one for which something is to be kept, and return that."""
        there: Grounds | None = None
        for wish in aged:
            there = there or grounds_of(work, aged)
            if there is None:
                break
            if self.look(work, wish, there=there).state is not WishState.WAITING:
                there = None
            elif found := self._kept_for(work, wish, there, before):
                return found
        return []

    def _kept_for(self, work: Work, wish: Wish, there: Grounds, before: list[Keep]) -> list[Keep]:
        """Return what to keep for a wish: nothing if a rule refuses it there anyway."""
        place = keeping.place_of(wish, there, before, work.now)
        if place is None:
            return []
        refused = {r.rule for r in self._wish_refusals(work, wish, place.interval, there.pool)}
        return [] if refused - _PASSES else keeping.to_keep(wish, place, there)

    def _promote_one(self, work: Work, found: Found) -> bool:
        """Make one booking of what is open, for the first who fits and passes the rules; False if there is nobody."""
        there = found.openings(work.now)
        while there and len(found.refused) < AT_ONCE:
            wishes = work.tx.wishes.fitting(found.pool.id, there, self._aged(work), found.refused, _FIRST)
            chosen = first(wishes, there, work.now, lambda w, i: self._passes(work, w, i, found))
            if chosen is not None:
                wish, opening, when = chosen
                self._serve(work, wish, found.pool, opening.node, when)
                found.taken.append((when.start, when.end, wish.gpus))
                return True
            if not any(w.id in found.refused for w in wishes):
                return False
        return False

    def _passes(self, work: Work, wish: Wish, when: Interval, found: Found) -> bool:
        refused = self._wish_refusals(work, wish, when, found.pool)
        if refused:
            found.refused[wish.id] = refused[0]
            self._pass_over(work, wish, refused[0])
        return not refused

    def _wish_refusals(self, work: Work, wish: Wish, when: Interval, pool: GpuPool) -> list[Refusal]:
        return self._refusals(work, Actor(wish.user, roles=wish.roles), asked_for(wish, when), pool, None)

    def _serve(
        self, work: Work, wish: Wish, pool: GpuPool, node: NodeId, when: Interval, *, offers: bool = True
    ) -> Wish:
        """Make the booking: the owner's, or one that is only offered to her."""
        until = offered_until(when.start, work.now, self.policies.waiting) if offers else None
        booking = confirm(work, wish.user, asked_for(wish, when), pool, node, by="platform")
        kind = "offered" if until else "booked"
        keeping.let_go(work, wish.id)
        dismiss(work, wish)
        notice = tell(work, wish, kind, when, until, [pool])
        state = WishState.OFFERED if until else WishState.SERVED
        served = replace(
            wish, state=state, booking=booking.id, until=until, notice=notice if until else None, reason=""
        )
        work.tx.wishes.put(served, work.now)
        work.record("platform", f"wish.{kind}", wish.id, wish.user, after=wish_facts(served))
        self.rank(work, wish.user)
        return served

    def _pass_over(self, work: Work, wish: Wish, refusal: Refusal | None) -> None:
        reason = refusal.message if refusal else ""
        work.tx.wishes.note(wish.id, reason, work.now + LOOK_AGAIN if refusal else None)
        if reason and reason != wish.reason:
            work.record("platform", "wish.passed-over", wish.id, wish.user, reason=reason)

    def _keep_offer(self, work: Work, wish: Wish) -> None:
        booking = work.tx.bookings.get(wish.booking) if wish.booking else None
        if booking is not None and booking.live and _taken_by_deed(work, wish, booking):
            self.keep(work, wish, wish.user)
        elif booking is None or not booking.live:
            self.turn_down(work, wish, WishState.DECLINED, wish.user)
        elif wish.until is not None and wish.until <= work.now:
            self.turn_down(work, wish, WishState.LAPSED, "platform")

    def _aged(self, work: Work) -> datetime:
        return work.now - self.policies.waiting.patience


def _taken_by_deed(work: Work, wish: Wish, booking: Booking) -> bool:
    """Tell whether who was offered a booking has used, changed or handed it over: then she has taken it."""
    if booking.state is BookingState.ACTIVE or booking.user != wish.user:
        return True
    return any(work.tx.events.has(f"booking.{what}", str(booking.id)) for what in ("changed", "extended"))
