"""Bookings: ask whether, book, move, extend, give back, cancel."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from maia_hub.client import models as m
from maia_hub.core.bookings import Booking, BookingEvent, BookingState
from maia_hub.core.errors import Forbidden, InvalidInput
from maia_hub.core.ids import BookingId, ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.projects import meant
from maia_hub.desk import Actor, Verdict
from maia_hub.service import pages, views
from maia_hub.service.context import ActorDep, Context, ContextDep, Now, acting, context_of, now_of
from maia_hub.service.matching import Match, as_seen
from maia_hub.service.once import once, once_booked

_FIRST = datetime(2000, 1, 1, tzinfo=timezone.utc)
_LONGEST = timedelta(days=365 * 20)

router = APIRouter(prefix="/bookings", tags=["bookings"])


async def _views(request: Request) -> views.BookingViews:
    desk, actor, now = context_of(request).desk, await acting(request), await now_of(request)
    return views.BookingViews(actor, lambda: desk.pools(now), now, lambda: desk.belonging(actor, now))


ViewsDep = Annotated[views.BookingViews, Depends(_views)]


@router.get("", responses=pages.ANSWER)
def bookings(  # noqa: PLR0913
    http: Request,
    response: Response,
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    *,
    mine: bool = True,
    start: m.Moment | None = None,
    end: m.Moment | None = None,
    state: Annotated[str, Query(description="states, separated by commas")] = "",
    project: Annotated[str | None, Query(max_length=255)] = None,
    cursor: pages.Cursor = None,
    limit: pages.Limit = 500,
) -> list[m.BookingModel]:
    """Return bookings, one's own unless `mine=false`, those over [start, end) or of a project if given.

    They come by their start, in pages: the header `Link` says where the next one is.
    """
    interval = None if start is None and end is None else Interval(start or _FIRST, end or now + _LONGEST)
    of = None if project is None else ProjectId(project)
    page, states = pages.page_of(cursor, limit), _states(state)
    found = context.desk.bookings(
        actor, now, mine=mine, interval=interval, states=states, project=of, page=page
    )
    if len(found) > limit:
        found = found[:limit]
        pages.point(http, response, cursor=pages.cursor_of(found[-1]))
    return show.all(found)


@router.post("", status_code=201)
@once_booked
def book(
    context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now, request: m.BookingRequest
) -> m.BookingModel:
    """Book GPUs; a refusal lists every rule that refused, and the next free slot."""
    return show.one(context.desk.book(actor, views.asked(request, project_meant(actor, request)), now))


@router.post("/check", response_model=m.Verdict)
def check(
    context: ContextDep, actor: ActorDep, now: Now, request: m.BookingRequest, ignore: UUID | None = None
) -> Response:
    """Say whether that could be booked; `ignore` is one's own booking that it would replace."""
    if ignore is None:
        asked = views.asked(request, project_meant(actor, request))
        return _said(context.desk.check(actor, asked, now))
    replaced = _own(context, actor, ignore, now)
    asked = views.asked(request, replaced.project)
    return _said(context.desk.check(actor, asked, now, ignore=replaced.id))


def _said(verdict: Verdict) -> Response:
    """Answer here and now: what is only returned waits for another turn in the pool of threads."""
    return Response(views.verdict(verdict).model_dump_json(), media_type="application/json")


@router.get("/{booking_id}")
def booking(
    context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now, booking_id: UUID, response: Response
) -> m.BookingModel:
    """Return one of one's own bookings."""
    found = show.one(_own(context, actor, booking_id, now))
    response.headers["ETag"] = found.etag
    return found


@router.patch("/{booking_id}")
@once
def change(
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    booking_id: UUID,
    request: m.BookingChange,
    match: Match = None,
) -> m.BookingModel:
    """Move a booking, or change its length or note."""
    named, start, end = BookingId(booking_id), request.start, request.end
    with as_seen(context, actor, booking_id, match, now):
        changed = context.desk.change(actor, named, start, end, request.note, now)
    return _changed(context, show, changed, now)


@router.post("/{booking_id}/extend")
@once
def extend(
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    booking_id: UUID,
    request: m.ExtendRequest,
    match: Match = None,
) -> m.BookingModel:
    """Give a booking a later end."""
    with as_seen(context, actor, booking_id, match, now):
        longer = context.desk.extend(actor, BookingId(booking_id), request.until, now)
    return _changed(context, show, longer, now)


@router.post("/{booking_id}/release")
@once
def release(
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    booking_id: UUID,
    match: Match = None,
) -> m.BookingModel:
    """Give the GPUs of a running booking back now; its server is saved and goes on with CPU."""
    reason = "released by its owner"
    with as_seen(context, actor, booking_id, match, now):
        return show.one(context.desk.end(actor, BookingId(booking_id), BookingEvent.RELEASE, reason, now))


@router.post("/{booking_id}/keep")
@once
def keep(context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now, booking_id: UUID) -> m.BookingModel:
    """Answer that a booking is needed whose GPUs were found to do nothing."""
    return show.one(context.desk.needed(actor, BookingId(booking_id), now))


@router.get("/{booking_id}/offers")
def offers(context: ContextDep, actor: ActorDep, now: Now, booking_id: UUID) -> list[m.Slot]:
    """Return the next free slots like a booking that is to come, which the rules allow: move it to one by PATCH."""
    found = context.desk.offers_for(actor, BookingId(booking_id), now)
    return [views.slot(each) for each in found]


async def _colleague(context: ContextDep, _: ActorDep, request: m.HandOver) -> Actor:
    """Return who is to receive a booking, in no project if the hub knows nobody of that name."""
    groups = await context.hub.groups_of(request.to)
    projects = {} if groups is None else context.desk.projects.of(groups)
    return Actor(UserName(request.to), roles=groups or (), projects=projects)


@router.post("/{booking_id}/hand-over")
@once
def hand_over(
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    booking_id: UUID,
    to: Annotated[Actor, Depends(_colleague)],
    match: Match = None,
) -> m.BookingModel:
    """Let a colleague of the same project have a booking, or what is left of it; she is told, and may give it back.

    Answers her booking: if it has begun, that is another one, and what was used stays its owner's.
    """
    with as_seen(context, actor, booking_id, match, now):
        return show.one(context.desk.hand_over(actor, BookingId(booking_id), to, now))


@router.post("/{booking_id}/revoke")
@once
def revoke(
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    booking_id: UUID,
    request: m.Revocation,
) -> m.BookingModel:
    """End somebody's booking in the portal, as an administrator or a lead of its project; its owner reads why."""
    return show.one(context.desk.end(actor, BookingId(booking_id), BookingEvent.REVOKE, request.reason, now))


@router.post("/{booking_id}/cancel")
@once
def cancel(
    context: ContextDep,
    actor: ActorDep,
    show: ViewsDep,
    now: Now,
    booking_id: UUID,
    match: Match = None,
) -> m.BookingModel:
    """Cancel a booking that has not begun."""
    reason = "cancelled by its owner"
    with as_seen(context, actor, booking_id, match, now):
        return show.one(context.desk.end(actor, BookingId(booking_id), BookingEvent.CANCEL, reason, now))


def _changed(context: Context, show: views.BookingViews, booking: Booking, now: datetime) -> m.BookingModel:
    """Show a booking that was changed, and what does not follow it."""
    return show.one(booking).model_copy(update={"fixed_until": context.desk.outlasts(booking, now)})


def _own(context: Context, actor: Actor, booking_id: UUID, now: datetime) -> Booking:
    """Return a booking of the actor's own or of a project that she oversees, or to an administrator anybody's."""
    found = context.desk.booking(BookingId(booking_id), now)
    if found.user != actor.user and not actor.admin and not actor.oversees(found.project):
        raise Forbidden(
            "This booking belongs to somebody else.",
            given=str(booking_id),
            allowed="your own bookings",
            advice="The calendar shows when others have booked.",
        )
    return found


def project_meant(actor: Actor, request: m.BookingRequest) -> ProjectId:
    """Return the project that a booking is for."""
    return meant(actor.projects, None if request.project is None else ProjectId(request.project))


def _states(wanted: str) -> list[str] | None:
    """Read a list of states."""
    states = [state.strip() for state in wanted.split(",") if state.strip()]
    known = [state.value for state in BookingState]
    if unknown := sorted(set(states) - set(known)):
        raise InvalidInput("There is no such state of a booking.", given=unknown, allowed=known)
    return states or None
