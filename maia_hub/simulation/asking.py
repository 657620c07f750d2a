"""The desk at which simulated people ask: it lets `maia_hub.core` decide, and keeps what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from maia_hub.core import waitlist
from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import DEFAULT_PROJECT, BookingId, NodeId, PoolId, UserName, WishId
from maia_hub.core.interval import Interval
from maia_hub.core.placement import Plan, replan
from maia_hub.core.policy import Request, refusals
from maia_hub.core.rules import taken_by
from maia_hub.core.waitlist import promotions, recent_use
from maia_hub.simulation.regimes import Regime
from maia_hub.simulation.wishes import Wish

REACH = timedelta(days=60)
"""What is over for longer counts for no rule, and next to nothing for the order of the waiting list."""


class Counter:
    """The calendars of all pools with their bookings, and who waits for GPUs of each."""

    def __init__(self, pools: Sequence[GpuPool], regime: Regime) -> None:
        self.bookings: dict[int, Booking] = {}
        self._regime = regime
        self._pools = {pool.id: pool for pool in pools}
        self._calendars = {pool.id: Calendar(pool.nodes) for pool in pools}
        self._live: dict[PoolId, dict[int, Booking]] = {pool.id: {} for pool in pools}
        self._of_user: dict[UserName, dict[int, Booking]] = {}
        self._waiting: dict[PoolId, dict[int, tuple[Wish, waitlist.Wish]]] = {pool.id: {} for pool in pools}

    def ask(self, wish: Wish, now: datetime) -> tuple[Booking | None, bool]:
        """Book the first slot in a wish's time that is free and passes the rules; say whether rules refused it."""
        start, length = max(now, wish.wanted), self._length(wish)
        while start < wish.latest:
            asked = Interval(start, start + length)
            later = self._later(wish, asked, now)
            if later is None:
                found = self._slot(wish, asked, now)
                if found is None:
                    return None, False
                plan, asked = found
                if asked.start == start:
                    return self._book(wish, plan, asked, now), False
                later = asked.start
            start = later
        return None, True

    def wait(self, wish: Wish) -> None:
        """Let a wish wait until GPUs are given back, for as long as a session would be of use."""
        length = self._length(wish)
        waiting = waitlist.Wish(
            id=WishId(UUID(int=wish.number)),
            user=wish.user,
            pool=wish.pool,
            gpus=wish.gpus,
            length=length,
            window=Interval(wish.wanted, wish.latest + length),
            since=wish.asked,
        )
        self._waiting[wish.pool][wish.number] = wish, waiting

    def promote(self, given_back: Booking, now: datetime) -> Iterator[tuple[Wish, Booking]]:
        """Book for those who wait what somebody gave back, in the order of the waiting list."""
        pool, end = self._pools[given_back.pool], given_back.interval.end
        freed = Interval(max(now, given_back.interval.start), end)
        (node,) = [node for node in pool.nodes if node.id == given_back.node]
        live = self._live[pool.id].values()
        taken = [(b.interval.start, b.interval.end, b.gpus) for b in live if b.node == node.id]
        queue = self._queue(pool.id, freed, now)
        promoted = promotions(
            [waiting for _, waiting in queue.values()],
            node,
            taken,
            freed,
            now,
            self._regime.waiting,
            lambda wish, interval: self._later(queue[wish.id.int][0], interval, now) is None,
        )
        for waiting, interval in promoted:
            wish, _ = self._waiting[pool.id].pop(waiting.id.int)
            yield wish, self._book(wish, Plan(node.id, {}), interval, now)

    def _queue(self, pool: PoolId, freed: Interval, now: datetime) -> dict[int, tuple[Wish, waitlist.Wish]]:
        """Return who waits for what was freed, with what they have used by now; forget for whom it is too late."""
        kept = {number: each for number, each in self._waiting[pool].items() if not each[1].passed(now)}
        self._waiting[pool] = kept
        queue = {number: each for number, each in kept.items() if each[1].window.overlaps(freed)}
        use = {user: self._use(user, now) for user in {wish.user for wish, _ in queue.values()}}
        return {
            number: (wish, replace(waiting, use=use[wish.user])) for number, (wish, waiting) in queue.items()
        }

    def _use(self, user: UserName, now: datetime) -> int:
        return recent_use(taken_by(self._history(user, now)), now, self._regime.waiting.half_life)

    def put(self, booking: Booking) -> None:
        """Keep a booking as it is now; the time that an early end gives back is free."""
        number = booking.id.int
        before = self.bookings.get(number)
        if before is not None and before.live and before.occupied is not None:
            self._calendars[before.pool].remove(before.node, before.occupied, before.gpus)
        if booking.occupied is not None:
            self._calendars[booking.pool].add(booking.node, booking.occupied, booking.gpus)
        self.bookings[number] = booking
        self._of_user.setdefault(booking.user, {})[number] = booking
        if booking.live:
            self._live[booking.pool][number] = booking
        else:
            self._live[booking.pool].pop(number, None)

    def _slot(self, wish: Wish, asked: Interval, now: datetime) -> tuple[Plan, Interval] | None:
        """Return the first slot from the asked one on, others making room for that one if need be."""
        calendar = self._calendars[wish.pool]
        found = calendar.next_slot(wish.gpus, asked.duration, asked.start, wish.latest)
        if found is not None and found[1] == asked:
            return Plan(found[0], {}), asked
        if min(free for _, free in calendar.profile(asked)) >= wish.gpus:
            live = list(self._live[wish.pool].values())
            movable = [b for b in live if b.state is BookingState.CONFIRMED and b.interval.start > now]
            fixed = [b for b in live if b not in movable]
            plan = replan(self._pools[wish.pool].nodes, fixed, movable, wish.gpus, asked)
            if plan is not None:
                return plan, asked
        return None if found is None else (Plan(found[0], {}), found[1])

    def _later(self, wish: Wish, interval: Interval, now: datetime) -> datetime | None:
        """Return None if the rules let a wish pass, else the first start that they would, if any."""
        if self._regime.policy is None:
            return None
        request = Request(
            user=wish.user, project=DEFAULT_PROJECT, pool=wish.pool, gpus=wish.gpus, interval=interval
        )
        found = refusals(self._regime.policy, request, self._history(wish.user, now), now)
        if not found:
            return None
        starts = [refusal.earliest for refusal in found]
        later = max((start for start in starts if start is not None), default=interval.start)
        return later if None not in starts and later > interval.start else wish.latest

    def _history(self, user: UserName, now: datetime) -> list[Booking]:
        """Return the bookings of somebody that may still count, and forget the others."""
        kept = {n: b for n, b in self._of_user.get(user, {}).items() if b.interval.end > now - REACH}
        self._of_user[user] = kept
        return list(kept.values())

    def _book(self, wish: Wish, plan: Plan, interval: Interval, now: datetime) -> Booking:
        self._make_room({self.bookings[moved.int]: node for moved, node in plan.moves.items()})
        asked = Booking(
            id=BookingId(UUID(int=wish.number)),
            user=wish.user,
            pool=wish.pool,
            node=plan.node,
            gpus=wish.gpus,
            interval=interval,
            state=BookingState.REQUESTED,
            created=now,
        )
        booking = advance(asked, BookingEvent.CONFIRM, now)
        self.put(booking)
        return booking

    def _make_room(self, moves: Mapping[Booking, NodeId]) -> None:
        """Move bookings to other nodes; all leave their places before any takes another one's."""
        for booking in moves:
            self._calendars[booking.pool].remove(booking.node, booking.interval, booking.gpus)
            del self.bookings[booking.id.int]
        for booking, node in moves.items():
            self.put(replace(booking, node=node))

    def _length(self, wish: Wish) -> timedelta:
        """Return for how long a wish has to book under the rules."""
        policy = self._regime.policy
        if policy is None:
            return wish.length
        length = max(wish.length, policy.min_duration or wish.length)
        return min(length, policy.max_duration or length)
