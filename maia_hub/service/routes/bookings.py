"""Bookings: ask whether, book, move, extend, give back, cancel."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from maia_hub.client import models as m
from maia_hub.core.bookings import BookingEvent
from maia_hub.core.ids import BookingId
from maia_hub.service import views
from maia_hub.service.context import ActorDep, ContextDep, Now

router = APIRouter(prefix="/bookings", tags=["bookings"])


@router.get("")
def bookings(
    context: ContextDep,
    actor: ActorDep,
    now: Now,
    mine: bool = True,
    start: AwareDatetime | None = None,
    end: AwareDatetime | None = None,
    state: Annotated[str, Query(description="states, separated by commas")] = "",
) -> list[m.BookingModel]:
    """Return bookings, one's own unless `mine=false`, those over [start, end) if given."""
    found = context.desk.bookings(
        actor, mine=mine, interval=views.open_interval(start, end), states=views.states(state)
    )
    return views.bookings(context.desk, found, actor, now)


@router.post("", status_code=201)
def book(context: ContextDep, actor: ActorDep, now: Now, request: m.BookingRequest) -> m.BookingModel:
    """Book GPUs; a refusal lists every rule that refused, and the next free slot."""
    booking = context.desk.book(actor, views.asked(context.desk, request), now)
    return views.booking(context.desk, booking, actor, now)


@router.post("/check")
def check(
    context: ContextDep, actor: ActorDep, now: Now, request: m.BookingRequest, ignore: UUID | None = None
) -> m.Verdict:
    """Say whether that could be booked; `ignore` is one's own booking that it would replace."""
    replaced = BookingId(ignore) if ignore else None
    return views.verdict(context.desk.check(actor, views.asked(context.desk, request), now, ignore=replaced))


@router.get("/{booking_id}")
def booking(context: ContextDep, actor: ActorDep, now: Now, booking_id: UUID) -> m.BookingModel:
    """Return one of one's own bookings."""
    return views.booking(context.desk, context.desk.booking(actor, BookingId(booking_id)), actor, now)


@router.patch("/{booking_id}")
def change(
    context: ContextDep, actor: ActorDep, now: Now, booking_id: UUID, request: m.BookingChange
) -> m.BookingModel:
    """Move a booking, or change its length or note."""
    moved = context.desk.change(actor, BookingId(booking_id), request.start, request.end, request.note, now)
    return views.booking(context.desk, moved, actor, now)


@router.post("/{booking_id}/extend")
def extend(
    context: ContextDep, actor: ActorDep, now: Now, booking_id: UUID, request: m.ExtendRequest
) -> m.BookingModel:
    """Give a booking a later end."""
    longer = context.desk.extend(actor, BookingId(booking_id), request.until, now)
    return views.booking(context.desk, longer, actor, now)


@router.post("/{booking_id}/release")
def release(context: ContextDep, actor: ActorDep, now: Now, booking_id: UUID) -> m.BookingModel:
    """Give the GPUs of a running booking back now; its server is saved and goes on with CPU."""
    ended = context.desk.end(actor, BookingId(booking_id), BookingEvent.RELEASE, "released by its owner", now)
    return views.booking(context.desk, ended, actor, now)


@router.post("/{booking_id}/cancel")
def cancel(context: ContextDep, actor: ActorDep, now: Now, booking_id: UUID) -> m.BookingModel:
    """Cancel a booking that has not begun."""
    ended = context.desk.end(actor, BookingId(booking_id), BookingEvent.CANCEL, "cancelled by its owner", now)
    return views.booking(context.desk, ended, actor, now)
