"""The waiting list for booked time: ask, look, withdraw, take what is offered or turn it down."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from maia_hub.client import models as m
from maia_hub.core.ids import WishId
from maia_hub.service import views
from maia_hub.service.context import ActorDep, ContextDep, Now
from maia_hub.service.once import once
from maia_hub.service.routes.bookings import ViewsDep, project_meant

router = APIRouter(prefix="/waitlist", tags=["waitlist"])

Past = Annotated[bool, Query(description="those of the last 30 days that are over, too")]


@router.get("")
def waitlist(
    context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now, *, past: Past = False
) -> list[m.WaitlistEntry]:
    """Return one's own wishes, the oldest first, each with its place and when it can be expected."""
    return [views.waitlist_entry(each, show) for each in context.desk.wishes(actor.user, now, past=past)]


@router.post("", status_code=201)
@once
def wait(
    context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now, request: m.WaitlistRequest
) -> m.WaitlistEntry:
    """Wait for a booking that cannot be made now; it is made as soon as it can, or offered if it begins soon.

    What can be booked already is booked: the answer says so by its state, and has the booking.
    """
    asked = views.asked(request, project_meant(actor, request))
    return views.waitlist_entry(context.desk.wish(actor, asked, request.latest_start, now), show)


@router.delete("/{wish}", status_code=204)
@once
def withdraw(context: ContextDep, actor: ActorDep, now: Now, wish: UUID) -> Response:
    """Wait no longer; what is offered goes to the next."""
    context.desk.withdraw_wish(actor.user, WishId(wish), now)
    return Response(status_code=204)


@router.post("/{wish}/accept")
@once
def accept(context: ContextDep, actor: ActorDep, show: ViewsDep, now: Now, wish: UUID) -> m.BookingModel:
    """Take the booking that is offered."""
    return show.one(context.desk.accept_wish(actor, WishId(wish), now))


@router.post("/{wish}/decline", status_code=204)
@once
def decline(context: ContextDep, actor: ActorDep, now: Now, wish: UUID) -> Response:
    """Turn down the booking that is offered; what the wish asks for later still waits."""
    context.desk.decline_wish(actor.user, WishId(wish), now)
    return Response(status_code=204)
