"""The use cases' values as the shapes of the API; the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from maia_hub.client import models as m
from maia_hub.core.accounting import Account
from maia_hub.core.bookings import Booking
from maia_hub.core.choices import Choice
from maia_hub.core.gpus import Gpu, GpuPool, Outage, by_node
from maia_hub.core.grants import Wait
from maia_hub.core.ids import NodeId, ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Refusal
from maia_hub.desk import (
    Actor,
    Alarm,
    Asked,
    Effect,
    Event,
    Grant,
    NodeView,
    Notice,
    PoolView,
    SessionView,
    Slot,
    UserState,
    Verdict,
)
from maia_hub.desk.people import may
from maia_hub.service.places import queue_place


def gpu(device: Gpu) -> m.GpuModel:
    """Show one device."""
    return m.GpuModel(
        id=device.id,
        node=device.node,
        index=device.index,
        product=device.product,
        memory=device.memory,
        simulated=device.simulated,
        mig_profile=device.mig_profile,
    )


def pools(found: Iterable[GpuPool], gpus: Iterable[Gpu]) -> list[m.PoolModel]:
    """Show pools with their devices."""
    devices = by_node(list(gpus))
    return [_pool(pool, devices) for pool in found]


def _pool(pool: GpuPool, devices: Mapping[NodeId, list[Gpu]]) -> m.PoolModel:
    return m.PoolModel(
        id=pool.id,
        product=pool.product,
        resource=pool.resource,
        simulated=pool.simulated,
        capacity=sum(node.capacity for node in pool.nodes),
        largest_node=pool.largest_node,
        gpus=[gpu(device) for node in pool.nodes for device in devices.get(node.id, [])],
    )


def outage(given: Outage) -> m.OutageModel:
    """Show an outage."""
    return m.OutageModel(
        node=given.node,
        start=given.interval.start,
        end=given.interval.end,
        gpus=given.gpus,
        reason=given.reason,
        by_cluster=given.by_cluster,
    )


def node(given: NodeView) -> m.NodeModel:
    """Show a node to an administrator."""
    return m.NodeModel(
        node=given.node,
        pool=given.pool,
        product=given.product,
        gpus=given.gpus,
        trouble=given.trouble,
        since=given.since,
    )


def outage_asked(request: m.OutageRequest) -> Outage:
    """Read an outage from a request."""
    interval = Interval(request.start, request.end)
    return Outage(NodeId(request.node), interval, request.gpus, request.reason)


def choice(offered: Choice) -> m.Choice:
    """Show one thing that a server could be started with."""
    return m.Choice(
        key=offered.key,
        kind=offered.kind.value,
        label=offered.label,
        enabled=offered.enabled,
        reason=offered.reason,
        pool=offered.pool,
        booking=offered.booking,
        gpus=offered.gpus,
        simulated=offered.simulated,
        until=offered.until,
        next_free=offered.next_free,
        place=offered.place,
    )


def wait(told: Wait) -> m.Wait:
    """Show that a GPU is being handed over."""
    return m.Wait(message=told.message, retry_after=told.retry_after.total_seconds())


def refusal(given: Refusal) -> m.RefusalModel:
    """Show why a rule refused."""
    return m.RefusalModel(
        rule=given.rule,
        message=given.message,
        given=given.given,
        limit=given.limit,
        earliest=given.earliest,
    )


class BookingViews:
    """Shows bookings to one user: with the product's name, and what she may do to each now."""

    def __init__(self, actor: Actor, known: Iterable[GpuPool], now: datetime) -> None:
        self._actor = actor
        self._products = {pool.id: pool.product for pool in known}
        self._now = now

    def all(self, bookings: Iterable[Booking]) -> list[m.BookingModel]:
        """Show bookings."""
        return [self.one(booking) for booking in bookings]

    def alarm(self, given: Alarm) -> m.Alarm:
        """Show a booking for which there may be no GPU."""
        return m.Alarm(
            booking=self.one(given.booking),
            reason=given.reason,
            since=given.since,
            offers=[slot(each) for each in given.offers],
        )

    def effect(self, given: Effect) -> m.OutageEffect:
        """Show what an outage does to bookings."""
        return m.OutageEffect(moved=self.all(given.moved), endangered=self.all(given.endangered))

    def one(self, booking: Booking) -> m.BookingModel:
        """Show a booking; another's note is for its owner and for administrators."""
        mine = booking.user == self._actor.user
        return m.BookingModel.model_validate(
            {
                "id": booking.id,
                "user": booking.user,
                "project": booking.project,
                "pool": booking.pool,
                "product": self._products.get(booking.pool, booking.pool),
                "node": booking.node,
                "gpus": booking.gpus,
                "start": booking.interval.start,
                "end": booking.interval.end,
                "state": booking.state.value,
                "cause": booking.cause.value if booking.cause else None,
                "ended_at": booking.ended_at,
                "note": booking.note if mine or self._actor.admin else "",
                "mine": mine,
                "may": may(booking, self._actor, self._now),
            }
        )


def calendar(interval: Interval, found: Iterable[PoolView], actor: Actor, now: datetime) -> m.CalendarModel:
    """Show all pools over an interval."""
    views = list(found)
    bookings = BookingViews(actor, [view.pool for view in views], now)
    return m.CalendarModel(
        now=now,
        start=interval.start,
        end=interval.end,
        pools=[
            m.PoolCalendar(
                pool=_pool(view.pool, by_node(view.gpus)),
                bookings=bookings.all(view.bookings),
                outages=[outage(o) for o in view.outages],
                profile=[m.FreePoint(at=at, free=free) for at, free in view.profile],
            )
            for view in views
        ],
    )


def slot(found: Slot) -> m.Slot:
    """Show a free interval."""
    return m.Slot(
        pool=found.pool,
        node=found.node,
        gpus=found.gpus,
        start=found.interval.start,
        end=found.interval.end,
    )


def verdict(given: Verdict) -> m.Verdict:
    """Show whether something could be booked."""
    return m.Verdict(
        allowed=given.allowed,
        node=given.node,
        refusals=[refusal(r) for r in given.refusals],
        next_free=slot(given.next_free) if given.next_free else None,
    )


def asked(request: m.BookingRequest) -> Asked:
    """Read a wish to book from a request."""
    return Asked(
        interval=Interval(request.start, request.end),
        gpus=request.gpus,
        pool=request.pool,
        product=request.product,
        project=ProjectId(request.project),
        note=request.note,
    )


def grant(given: Grant) -> m.Grant:
    """Show what a server start received."""
    return m.Grant(
        id=given.id,
        kind=given.kind.value,
        reason=given.reason,
        gpus=[gpu(device) for device in given.gpus],
        pool=given.pool,
        node=given.node,
        booking=given.booking,
        since=given.since,
        until=given.until,
        next_free=given.next_free,
        place=given.place,
        resource=given.resource,
        latest=given.latest,
        session=given.session,
    )


def state(given: UserState, actor: Actor, warnings: Iterable[timedelta]) -> m.State:
    """Show everything of one user."""
    return m.State(
        now=given.now,
        user=given.user,
        sessions=[_session(session) for session in given.sessions],
        bookings=BookingViews(actor, given.pools, given.now).all(given.bookings),
        notices=[_notice(notice) for notice in given.notices],
        pools=pools(given.pools, given.gpus),
        warnings=[warning.total_seconds() for warning in warnings],
        calendar_version=given.calendar_version,
        queue=[queue_place(each) for each in given.queue],
    )


def _session(given: SessionView) -> m.Session:
    lease, moments, coming = given.lease, given.moments, given.next_booking
    return m.Session(
        server=given.server.server,
        project=given.server.project,
        grant=given.server.grant_id,
        kind=given.server.kind.value,
        reason=given.server.reason,
        gpus=[gpu(device) for device in given.gpus],
        booking=lease.booking if lease else None,
        since=given.server.since,
        until=lease.until if lease else None,
        save_at=moments.save if moments else None,
        stop_at=moments.stop if moments else None,
        extendable_until=given.extendable_until,
        next_holder=coming.user if coming else None,
        next_start=coming.interval.start if coming else None,
        switch=choice(given.switch) if given.switch else None,
        ending=given.ending,
    )


def _notice(given: Notice) -> m.Notice:
    return m.Notice.model_validate(
        {
            "id": given.id,
            "at": given.at,
            "kind": given.kind,
            "server": given.server,
            "title": given.title,
            "message": given.message,
        }
    )


def account(line: Account) -> m.Account:
    """Show the GPU-hours of a user."""
    return m.Account(user=line.user, project=line.project, booked=line.booked, used=line.used, idle=line.idle)


def audit_event(event: Event) -> m.AuditEvent:
    """Show a decision."""
    return m.AuditEvent(
        id=event.id,
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        reason=event.reason,
        before=dict(event.before) if event.before is not None else None,
        after=dict(event.after) if event.after is not None else None,
    )
