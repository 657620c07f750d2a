"""Whether a wish to book would pass, where it fits, and when one like it would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from maia_hub.core.amendments import Rules
from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import BookingId, NodeId, PoolId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.placement import Plan, replan
from maia_hub.core.policy import CLASS, Refusal, Request, refusals
from maia_hub.core.projects import require_member
from maia_hub.desk.cases import JOINED, Cases
from maia_hub.desk.people import Actor, for_owner
from maia_hub.desk.refusing import check_gpus, known
from maia_hub.desk.standing import standing
from maia_hub.desk.values import Asked, Slot, Verdict
from maia_hub.desk.work import Work, calendar_of, pool_of
from maia_hub.store import Transaction
from maia_hub.store.decisions import Question
from maia_hub.store.leases import LENT

Others = Callable[[], list[Booking]]
"""What returns the other bookings of all pools, which may be many."""


class AskingCases(Cases):
    """Questions about bookings that are not made yet."""

    def next_slot(
        self, pool_id: PoolId, gpus: int, duration: timedelta, after: datetime, now: datetime
    ) -> Slot | None:
        """Return the earliest free slot at or after ``after``; None if there never is one."""
        with self._read(now) as work:
            pool = pool_meant(work, Asked(interval=Interval(after, after + duration), pool=pool_id), None)
            check_gpus(gpus, pool)
            calendar = calendar_of(pool, work.tx.bookings.occupying(now))
            return _next_slot(calendar, pool, gpus, duration, max(after, now))

    def check(self, actor: Actor, asked: Asked, now: datetime, ignore: BookingId | None = None) -> Verdict:
        """Say whether the booking would pass; ``ignore`` names the booking that would be moved."""
        if ignore is None:
            require_member(actor.projects, asked.project)
            with self._glance(actor.user, now) as work:
                return self._verdict(work, actor, asked, None)
        with self._read(now) as work:
            moved = known(work, ignore)
            return self._verdict(work, for_owner(actor, moved), replace(asked, project=moved.project), moved)

    @contextmanager
    def _glance(self, user: UserName, now: datetime) -> Iterator[Work]:
        """As `_read`, of what is seen in one question; what else is read is asked of the database as it is then."""
        joined = JOINED.get()
        if joined is not None:
            yield joined
            return
        with ExitStack() as opened:
            seen = self._picture.look(self._store.ask_all, user, now)
            rules = Rules(self.policies, self.projects)

            def opens() -> Transaction:
                return opened.enter_context(self._store.read())

            yield Work(opens, now, self.closing, rules, settled=True, seen=seen)

    @contextmanager
    def _quickly(
        self, user: UserName, now: datetime, *questions: Question
    ) -> Iterator[tuple[Work, list[list[Any]]]]:
        """As `_write`, for a user who books: in two round trips, where the database can be asked so.

        The first one asks for all that a booking of hers is judged by, and the questions; the second one writes.

        Raises:
            Beyond: more had to be read than that; nothing was changed.
        """
        look = self._picture.looking(user, now)
        asked = *look.questions, LENT
        with self._store.decide(*asked, *questions, events=1, queued=True) as (tx, answers):
            seen = look.found(answers[: len(look.questions)], tx.ask_all)
            lends = bool(answers[len(look.questions)])
            rules = Rules(self.policies, self.projects)
            work = Work(lambda: tx, now, self.closing, rules, seen=seen, lends=lends)
            yield work, answers[len(asked) :]
            self._follow(work)
            self._tell_servers(work)
        self._announce(work)

    def _look_at(self, work: Work, user: UserName) -> None:
        """Let a transaction that has changed nothing yet see all that a booking of a user is judged by."""
        if work.seen is None and not work.events:
            work.seen = self._picture.look(work.tx.ask_all, user, work.now)

    def _verdict(self, work: Work, actor: Actor, asked: Asked, moved: Booking | None) -> Verdict:
        pool = pool_meant(work, asked, moved)
        if moved is None or asked.gpus > moved.gpus:
            check_gpus(asked.gpus, pool)
        asked_now = replace(asked, interval=from_now(asked.interval, work.now))
        found = self._refusals(work, actor, asked, pool, moved)
        if not found:
            near = _near(work, pool, asked_now.interval, moved)
            node = placed(near, pool, asked_now, moved, work.now)
            if node is not None:  # mostly so: then all other bookings, which may be many, need not be read
                return Verdict(node)

        @cache  # for a rule's refusal, which is the most frequent one, they are not looked through
        def others() -> list[Booking]:
            return [b for b in work.occupying() if moved is None or b.id != moved.id]

        calendar = _whole(work, pool, others, moved)
        plan = planned(calendar, pool, others, asked_now, moved, work.now)
        if not found and plan is not None:
            return Verdict(plan.node, moves=plan.moves)
        slot = self.next_passing(work, actor, asked_now, pool, calendar, moved)
        return Verdict(plan.node if plan else None, tuple(found), slot)

    def next_passing(
        self,
        work: Work,
        actor: Actor,
        asked: Asked,
        pool: GpuPool,
        calendar: Calendar,
        moved: Booking | None,
    ) -> Slot | None:
        """Return the next slot like the one asked for that is free and passes the rules; None if there is none."""
        after = max(work.now, asked.interval.start)
        while slot := _next_slot(calendar, pool, asked.gpus, asked.interval.duration, after):
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
        policy = work.in_force.policies.choose(asked.project, actor.roles)
        if moved is not None and moved.group is not None:
            policy = CLASS
        history = work.history_of(actor.user)
        found = standing(work, asked.project, pool, asked.interval.start, moved)
        return refusals(policy, request, history, work.now, found)


def _near(work: Work, pool: GpuPool, interval: Interval, moved: Booking | None) -> Calendar:
    """Return a calendar that is right over an interval."""
    if moved is None and work.fresh:
        return work.fresh.calendar(pool.id)
    return calendar_of(pool, work.tx.bookings.occupying_over(pool.id, interval), moved)


def _whole(work: Work, pool: GpuPool, others: Others, moved: Booking | None) -> Calendar:
    """Return the calendar of a pool from now on."""
    return work.fresh.calendar(pool.id) if moved is None and work.fresh else calendar_of(pool, others())


def from_now(interval: Interval, now: datetime) -> Interval:
    """Return the interval without a part that has passed while the request was on its way."""
    return Interval(max(interval.start, now), interval.end) if interval.end > now else interval


def pool_meant(work: Work, asked: Asked, moved: Booking | None) -> GpuPool:
    """Return the pool that is meant: one that has GPUs, or the one that a booking is in."""
    pools = work.pools()
    if moved is not None and asked.pool == moved.pool:
        return pool_of(pools, moved.pool)
    return asked.resolve([pool for pool in pools if pool.largest_node])


def placed(
    calendar: Calendar, pool: GpuPool, asked: Asked, moved: Booking | None, now: datetime
) -> NodeId | None:
    """Return where the wish fits with all others where they are; None if nowhere.

    A booking that has begun stays where it is. What lies within the time that a booking has already is always had.
    """
    if moved is not None and moved.pool == pool.id:
        if _within(asked, moved) or calendar.free_on(moved.node, asked.interval) >= asked.gpus:
            return moved.node
        if moved.interval.start <= now:
            return None
    return calendar.fits(asked.gpus, asked.interval)


def planned(
    calendar: Calendar,
    pool: GpuPool,
    others: Others,
    asked: Asked,
    moved: Booking | None,
    now: datetime,
) -> Plan | None:
    """Return where the wish fits, other bookings making room if need be; None if it does not.

    Nobody makes room for the extension of a booking that has begun: how far it can be extended is known when its
    server starts.
    """
    node = placed(calendar, pool, asked, moved, now)
    if node is not None:
        return Plan(node, {})
    if moved is not None and moved.pool == pool.id and moved.interval.start <= now:
        return None
    if min(free for _, free in calendar.profile(asked.interval)) < asked.gpus:
        return None

    def yields(booking: Booking) -> bool:
        to_come = booking.state is BookingState.CONFIRMED and booking.interval.start > now
        return booking.pool == pool.id and to_come

    movable = [booking for booking in others() if yields(booking)]
    fixed = [booking for booking in others() if not yields(booking)]
    return replan(pool.nodes, fixed, movable, asked.gpus, asked.interval)


def _within(asked: Asked, moved: Booking) -> bool:
    starts, ends = moved.interval.start, moved.interval.end
    return asked.gpus <= moved.gpus and starts <= asked.interval.start and asked.interval.end <= ends


def _next_slot(
    calendar: Calendar, pool: GpuPool, gpus: int, duration: timedelta, after: datetime
) -> Slot | None:
    found = calendar.next_slot(gpus, duration, after)
    return None if found is None else Slot(pool.id, found[0], gpus, found[1])
