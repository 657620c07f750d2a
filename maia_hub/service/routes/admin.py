"""For administrators in the portal: the audit, foreign processes, outages, ending somebody's booking."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from maia_hub.client import models as m
from maia_hub.core.bookings import BookingEvent
from maia_hub.core.errors import NotFound
from maia_hub.core.ids import BookingId
from maia_hub.core.interval import as_utc
from maia_hub.desk import Search
from maia_hub.service import pages, views
from maia_hub.service.context import MOST, AdminDep, ContextDep, Now
from maia_hub.service.once import once

Text = Annotated[str | None, Query(max_length=255)]

router = APIRouter(prefix="/admin", tags=["administration"])


@router.get("/audit", responses=pages.ANSWER)
def audit(  # noqa: PLR0913
    http: Request,
    response: Response,
    context: ContextDep,
    admin: AdminDep,
    now: Now,
    *,
    before: Annotated[int | None, Query(ge=1, le=MOST, description="the id to go on from")] = None,
    cursor: Annotated[int | None, Query(ge=1, le=MOST, description="the same: `Next-Cursor` says it")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    user: Annotated[Text, Query(description="who did it, or whom it concerns")] = None,
    project: Text = None,
    subject: Annotated[
        Text, Query(description="what the id of the booking, or other thing, begins with")
    ] = None,
    action: Annotated[Text, Query(description="what the action begins with, such as booking.")] = None,
    since: m.Moment | None = None,
    until: Annotated[m.Moment | None, Query(description="exclusive")] = None,
    text: Annotated[
        Text, Query(description="a part of the reason, the action or the id, in any case")
    ] = None,
) -> list[m.AuditEvent]:
    """Return decisions that are searched for, the newest first."""
    search = Search(
        user=user,
        project=project,
        subject=subject,
        action=action,
        since=None if since is None else as_utc(since),
        until=None if until is None else as_utc(until),
        text=text,
    )
    found = context.desk.audit(admin, now, before=before or cursor, limit=limit + 1, search=search)
    if len(found) > limit:
        found = found[:limit]
        pages.point(http, response, before=str(found[-1].id))
    return [views.audit_event(event) for event in found]


@router.post("/bookings/{booking_id}/revoke")
@once
def revoke(
    context: ContextDep, admin: AdminDep, now: Now, booking_id: UUID, request: m.Revocation
) -> m.BookingModel:
    """End somebody's booking; the reason is shown to its owner."""
    ended = context.desk.end(admin, BookingId(booking_id), BookingEvent.REVOKE, request.reason, now)
    return views.BookingViews(admin, context.desk.pools(now), now).one(ended)


@router.get("/processes")
def processes(context: ContextDep, _: AdminDep) -> list[m.ForeignProcess]:
    """Return processes that use a GPU they were not given."""
    return context.usage.processes()


@router.get("/alarms")
def alarms(context: ContextDep, admin: AdminDep, now: Now) -> list[m.Alarm]:
    """Return the bookings for which there may be no GPU, each with its reason and the next free slots like it."""
    shown = views.BookingViews(admin, context.desk.pools(now), now)
    return [shown.alarm(alarm) for alarm in context.desk.alarms(admin, now)]


@router.get("/nodes")
def nodes(context: ContextDep, admin: AdminDep, now: Now) -> list[m.NodeModel]:
    """Return the nodes, and what is wrong with them."""
    return [views.node(node) for node in context.desk.nodes(admin, now)]


@router.post("/outages/check")
def check_outage(context: ContextDep, admin: AdminDep, now: Now, request: m.OutageRequest) -> m.OutageEffect:
    """Say what an outage would do to bookings; nothing is changed."""
    effect = context.desk.outage_effect(admin, views.outage_asked(request), now)
    return views.BookingViews(admin, context.desk.pools(now), now).effect(effect)


@router.post("/outages", status_code=201)
@once
def add_outage(context: ContextDep, admin: AdminDep, now: Now, request: m.OutageRequest) -> m.OutageModel:
    """Take GPUs of a node out of service; refused if bookings would lose theirs, unless it is to be despite them."""
    outage = views.outage_asked(request)
    context.desk.add_outage(admin, outage, now, despite_bookings=request.despite_bookings)
    return views.outage(outage)


@router.delete("/outages", status_code=204)
@once
def remove_outage(context: ContextDep, admin: AdminDep, now: Now, request: m.OutageRequest) -> Response:
    """Put the GPUs of an outage back into service; the outage is named by all that it says."""
    asked = views.outage_asked(request)
    known = context.desk.outages(now)
    found = next((number for number, outage in known if replace(outage, by_cluster=False) == asked), None)
    if found is None:
        raise NotFound("There is no such outage.", given=asked.reason, advice="Reload the calendar.")
    context.desk.remove_outage(admin, found, now)
    return Response(status_code=204)
