"""What servers may be started with and were given, and the state of one user, which is mostly that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from maia_hub.client import models as m
from maia_hub.core.choices import Choice
from maia_hub.core.grants import Wait
from maia_hub.desk import Actor, Belonging, Grant, Notice, Place, SessionView, UserState
from maia_hub.service.views.bookings import BookingViews, waitlist_entry
from maia_hub.service.views.gpus import gpu, pools


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
        folders=[m.Folder(group=each.group, name=each.name) for each in given.folders],
    )


def state(given: UserState, actor: Actor, warnings: Iterable[timedelta]) -> m.State:
    """Show everything of one user."""
    mine = frozenset(booking.group for booking in given.bookings if booking.group)
    show = BookingViews(actor, given.pools, given.now, lambda: Belonging(member_of=mine))
    return m.State(
        now=given.now,
        user=given.user,
        sessions=[_session(session, given.now) for session in given.sessions],
        bookings=show.all(given.bookings),
        notices=[_notice(notice) for notice in given.notices],
        pools=pools(given.pools, given.gpus),
        warnings=[warning.total_seconds() for warning in warnings],
        calendar_version=given.calendar_version,
        queue=[queue_place(each) for each in given.queue],
        waitlist=[waitlist_entry(each, show) for each in given.wishes],
        open_to_me=[m.OpenServer(user=each.owner, server=each.server) for each in given.open_to],
    )


def _session(given: SessionView, now: datetime) -> m.Session:
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
        fixed=lease.fixed if lease else False,
        next_holder=coming.user if coming else None,
        next_start=coming.interval.start if coming else None,
        switch=choice(given.switch) if given.switch else None,
        ending=given.ending,
        may_open=list(given.entrants),
        visits=[
            m.VisitModel(visitor=v.visitor, since=v.since, last=v.last, here=v.is_here(now))
            for v in given.visits
        ],
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
            "booking": given.booking,
        }
    )


def queue_place(given: Place) -> m.QueuePlace:
    """Show a place in a line."""
    waiter = given.waiter
    return m.QueuePlace(
        id=waiter.id,
        server=waiter.server,
        pool=waiter.pool,
        product=given.pool.product,
        simulated=given.pool.simulated,
        since=waiter.since,
        place=given.number,
        expected=given.expected,
        offer_until=waiter.until,
        accepted=waiter.accepted is not None,
        notice=waiter.notice,
    )
