"""Taking a whole product out of service, for administrators in the portal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from maia_hub.client import models as m
from maia_hub.service import views
from maia_hub.service.context import AdminDep, ContextDep, Now
from maia_hub.service.once import once

router = APIRouter(prefix="/admin/pools/{pool}/outages", tags=["administration"])
Pool = Annotated[str, Path(max_length=63)]


@router.post("/check")
def check_block(
    context: ContextDep, admin: AdminDep, now: Now, pool: Pool, request: m.BlockRequest
) -> m.OutageEffect:
    """Say what taking all GPUs of a product out of service would do to bookings; nothing is changed."""
    effect = context.desk.block_effect(admin, views.block_asked(pool, request), now)
    return views.BookingViews(admin, context.desk.pools(now), now).effect(effect)


@router.post("", status_code=201)
@once
def block(
    context: ContextDep, admin: AdminDep, now: Now, pool: Pool, request: m.BlockRequest
) -> m.BlockModel:
    """Take all GPUs of a product out of service, each node by an outage of its own.

    Refused if bookings would lose theirs, unless it is to be despite them.
    """
    wanted = views.block_asked(pool, request)
    added = context.desk.block(admin, wanted, now, despite_bookings=request.despite_bookings)
    return m.BlockModel(pool=pool, outages=[views.outage(each) for each in added.values()])


@router.delete("", status_code=204)
@once
def unblock(context: ContextDep, admin: AdminDep, now: Now, pool: Pool, request: m.BlockRequest) -> Response:
    """Put all outages of a product's nodes that have these times and this reason back into service."""
    context.desk.unblock(admin, views.block_asked(pool, request), now)
    return Response(status_code=204)
