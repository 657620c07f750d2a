"""Classes: groups of students that have GPUs at the same times."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool

from maia_hub.client import models as m
from maia_hub.core import rosters
from maia_hub.core.ids import ClassId, UserName
from maia_hub.service import views
from maia_hub.service.context import ActorDep, Context, ContextDep, Now
from maia_hub.service.matching import Match, versions
from maia_hub.service.once import once
from maia_hub.service.routes.bookings import ViewsDep

router = APIRouter(prefix="/classes", tags=["classes"])


async def _views(actor: ActorDep, show: ViewsDep) -> views.ClassViews:
    return views.ClassViews(actor, show)


ShowDep = Annotated[views.ClassViews, Depends(_views)]


@router.get("")
def classes(context: ContextDep, actor: ActorDep, show: ShowDep, now: Now) -> list[m.ClassModel]:
    """Return the classes that one is in, looks after, or whose project one leads; the newest first."""
    return [show.one(view, whole=False) for view in context.desk.classes(actor, now)]


@router.post("", status_code=201)
@once
def make_class(
    context: ContextDep, actor: ActorDep, show: ShowDep, now: Now, request: m.ClassRequest
) -> m.ClassModel:
    """Make a class and book all its dates, or those that can be had (leads and administrators, in the portal)."""
    return show.one(context.desk.make_class(actor, views.class_asked(request), now))


@router.post("/check")
async def check_class(
    context: ContextDep, actor: ActorDep, now: Now, request: m.ClassRequest
) -> m.ClassCheck:
    """Say what is wrong in the list, or of every date whether all groups could have it; nothing is booked."""
    wish = views.class_asked(request)
    found = await run_in_threadpool(context.desk.check_class, actor, wish, now)
    return views.class_check(request.zone, found, await _strangers(context, request))


@router.post("/{class_id}/check")
async def check_change(
    context: ContextDep, actor: ActorDep, now: Now, class_id: UUID, request: m.RosterTrial
) -> m.ClassCheck:
    """Say what each date to come would be with these groups, to its staff, too; nothing is changed."""
    desk, wanted = context.desk, ClassId(class_id)
    zone = (await run_in_threadpool(desk.class_, actor, wanted, now)).course.zone
    found = await run_in_threadpool(desk.check_change, actor, wanted, request.roster, now)
    return views.class_check(zone, found, await _strangers(context, request))


async def _strangers(context: Context, request: m.ClassRequest | m.RosterTrial) -> views.Strangers | None:
    """Return whom the hub does not know of students and staff; None if that cannot be said of all now."""
    names, staff = rosters.lines(request.roster), [UserName(name) for name in request.staff]
    strangers = await context.acquaintance.strangers({*names, *staff})
    if strangers is None:
        return None
    students = rosters.unknown(request.roster, names.keys() - strangers)
    return views.Strangers(students, [name for name in dict.fromkeys(staff) if name in strangers])


@router.get("/{class_id}")
def one_class(
    context: ContextDep, actor: ActorDep, show: ShowDep, now: Now, class_id: UUID, response: Response
) -> m.ClassModel:
    """Return a class with its bookings; members see their own group alone."""
    found = show.one(context.desk.class_(actor, ClassId(class_id), now))
    response.headers["ETag"] = found.etag
    return found


@router.patch("/{class_id}")
@once
def change_class(
    context: ContextDep,
    actor: ActorDep,
    show: ShowDep,
    now: Now,
    class_id: UUID,
    request: m.ClassChange,
    match: Match = None,
) -> m.ClassModel:
    """Let others be in its groups or look after it; bookings and servers follow."""
    staff = None if request.staff is None else tuple(map(UserName, request.staff))
    seen = versions(match)
    return show.one(
        context.desk.change_class(actor, ClassId(class_id), request.roster, staff, now, seen=seen)
    )


@router.post("/{class_id}/cancel-date")
@once
def cancel_class_date(
    context: ContextDep,
    actor: ActorDep,
    show: ShowDep,
    now: Now,
    class_id: UUID,
    request: m.ClassDateCancellation,
) -> m.ClassModel:
    """Cancel one date for all groups."""
    return show.one(context.desk.cancel_class_date(actor, ClassId(class_id), request.start, now))


@router.post("/{class_id}/end")
@once
def end_class(
    context: ContextDep, actor: ActorDep, show: ShowDep, now: Now, class_id: UUID, request: m.ClassEnding
) -> m.ClassModel:
    """End it for all: what runs after the usual time to save, what is to come at once."""
    return show.one(context.desk.end_class(actor, ClassId(class_id), request.reason, now))
