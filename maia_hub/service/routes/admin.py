"""For administrators in the portal: the audit, foreign processes, outages, ending somebody's booking."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from maia_hub.client import models as m
from maia_hub.core.bookings import BookingEvent
from maia_hub.core.ids import BookingId
from maia_hub.service import views
from maia_hub.service.context import AdminDep, ContextDep, Now

router = APIRouter(prefix="/admin", tags=["administration"])


@router.get("/audit")
def audit(
    context: ContextDep,
    _: AdminDep,
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    user: str | None = None,
    action: str | None = None,
) -> list[m.AuditEvent]:
    """Return decisions, the newest first; `before` is the id to go on from."""
    found = context.desk.audit(before=before, limit=limit, user=user, action=action)
    return [views.audit_event(event) for event in found]


@router.post("/bookings/{booking_id}/revoke")
def revoke(
    context: ContextDep, admin: AdminDep, now: Now, booking_id: UUID, request: m.Revocation
) -> m.BookingModel:
    """End somebody's booking; the reason is shown to its owner."""
    ended = context.desk.end(admin, BookingId(booking_id), BookingEvent.REVOKE, request.reason, now)
    return views.booking(context.desk, ended, admin, now)
