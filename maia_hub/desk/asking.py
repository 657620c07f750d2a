"""Whether a wish to book would pass, where it fits, and when one like it would."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.calendar import Calendar
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import BookingId, NodeId, PoolId
from maia_hub.core.interval import Interval
from maia_hub.core.placement import Plan, replan
from maia_hub.core.policy import Refusal, Request, refusals
from maia_hub.core.projects import require_member
from maia_hub.desk.people import Actor, for_owner
from maia_hub.desk.refusing import check_gpus, known
from maia_hub.desk.standing import standing
from maia_hub.desk.values import Asked, Slot, Verdict
from maia_hub.desk.work import Cases, Work, calendar_of, pool_of


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
        with self._read(now) as work:
            if ignore is None:
                require_member(actor.projects, asked.project)
                return self._verdict(work, actor, asked, None)
            moved = known(work, ignore)
            return self._verdict(work, for_owner(actor, moved), replace(asked, project=moved.project), moved)

    def _verdict(self, work: Work, actor: Actor, asked: Asked, moved: Booking | None) -> Verdict:
        pool = pool_meant(work, asked, moved)
        if moved is None or asked.gpus > moved.gpus:
            check_gpus(asked.gpus, pool)
        asked_now = replace(asked, interval=from_now(asked.interval, work.now))
        found = self._refusals(work, actor, asked, pool, moved)
        if not found:
            near = calendar_of(pool, work.tx.bookings.occupying_over(pool.id, asked_now.interval), moved)
            node = placed(near, pool, asked_now, moved, work.now)
            if node is not None:  # mostly so: then all other bookings, which may be many, need not be read
                return Verdict(node)
        others = [b for b in work.tx.bookings.occupying(work.now) if moved is None or b.id != moved.id]
        calendar = calendar_of(pool, others)
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
        history = work.tx.bookings.of_user(actor.user)
        found = standing(work, asked.project, pool, asked.interval.start, moved)
        return refusals(policy, request, history, work.now, found)


def from_now(interval: Interval, now: datetime) -> Interval:
    """Return the interval without a part that has passed while the request was on its way."""
    return Interval(max(interval.start, now), interval.end) if interval.end > now else interval


def pool_meant(work: Work, asked: Asked, moved: Booking | None) -> GpuPool:
    """Return the pool that is meant: one that has GPUs, or the one that a booking is in."""
    pools = work.tx.inventory.pools()
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
    others: list[Booking],
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
    movable = [
        b
        for b in others
        if b.pool == pool.id and b.state is BookingState.CONFIRMED and b.interval.start > now
    ]
    fixed = [b for b in others if b not in movable]
    return replan(pool.nodes, fixed, movable, asked.gpus, asked.interval)


def _within(asked: Asked, moved: Booking) -> bool:
    starts, ends = moved.interval.start, moved.interval.end
    return asked.gpus <= moved.gpus and starts <= asked.interval.start and asked.interval.end <= ends


def _next_slot(
    calendar: Calendar, pool: GpuPool, gpus: int, duration: timedelta, after: datetime
) -> Slot | None:
    found = calendar.next_slot(gpus, duration, after)
    return None if found is None else Slot(pool.id, found[0], gpus, found[1])
