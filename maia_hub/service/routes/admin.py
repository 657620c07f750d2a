"""For administrators in the portal: the waiting list, foreign processes, outages, ending somebody's booking."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from maia_hub.client import models as m
from maia_hub.core.bookings import BookingEvent
from maia_hub.core.errors import NotFound
from maia_hub.core.ids import BookingId, WishId
from maia_hub.desk import WishPage
from maia_hub.service import pages, views
from maia_hub.service.context import AdminDep, ContextDep, Now
from maia_hub.service.once import once

router = APIRouter(prefix="/admin", tags=["administration"])


@router.post("/bookings/{booking_id}/revoke")
@once
def revoke(
    context: ContextDep, admin: AdminDep, now: Now, booking_id: UUID, request: m.Revocation
) -> m.BookingModel:
    """End somebody's booking; the reason is shown to its owner."""
    ended = context.desk.end(admin, BookingId(booking_id), BookingEvent.REVOKE, request.reason, now)
    return views.BookingViews(admin, context.desk.pools(now), now).one(ended)


@router.get("/waitlist", responses=pages.ANSWER)
def waitlist(  # noqa: PLR0913
    http: Request,
    response: Response,
    context: ContextDep,
    admin: AdminDep,
    now: Now,
    *,
    user: Annotated[str | None, Query(max_length=255)] = None,
    project: Annotated[str | None, Query(max_length=63)] = None,
    cursor: pages.Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[m.SomebodysWish]:
    """Return everybody's wishes that are on the waiting list, the oldest first, in pages."""
    page = WishPage(limit + 1, user, project, pages.after(cursor))
    found = context.desk.all_wishes(admin, now, page)
    if len(found) > limit:
        found = found[:limit]
        pages.point(http, response, cursor=pages.cursor_at(found[-1].wish.since, found[-1].wish.id))
    show = views.BookingViews(admin, context.desk.pools(now), now)
    return [views.somebodys_wish(each, show) for each in found]


@router.post("/waitlist/{wish}/remove", status_code=204)
@once
def remove_wish(
    context: ContextDep, admin: AdminDep, now: Now, wish: UUID, request: m.Revocation
) -> Response:
    """Take somebody's wish off the waiting list; the reason is shown to her, and what was offered goes on."""
    context.desk.remove_wish(admin, WishId(wish), request.reason, now)
    return Response(status_code=204)


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
