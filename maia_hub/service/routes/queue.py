"""Waiting for an idle GPU: join a line, leave it, take what is offered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from maia_hub.client import models as m
from maia_hub.core.ids import PoolId, ServerName, TicketId
from maia_hub.service import views
from maia_hub.service.context import MOST, ActorDep, ContextDep, Now
from maia_hub.service.once import once

router = APIRouter(prefix="/queue", tags=["queue"])

Place = Annotated[int, Path(ge=1, le=MOST, description="the id of the place")]


@router.post("", status_code=201)
@once
def join(context: ContextDep, actor: ActorDep, now: Now, request: m.QueueRequest) -> m.QueuePlace:
    """Let a running server wait for an idle GPU; its owner is asked when there is one."""
    pool, server = PoolId(request.pool), ServerName(request.server)
    return views.queue_place(context.desk.join_queue(actor.user, server, pool, now))


@router.delete("/{place}", status_code=204)
@once
def leave(context: ContextDep, actor: ActorDep, now: Now, place: Place) -> Response:
    """Give up a place, or turn down what is offered there."""
    context.desk.leave_queue(actor.user, TicketId(place), now)
    return Response(status_code=204)


@router.post("/{place}/accept", status_code=204)
@once
def accept(context: ContextDep, actor: ActorDep, now: Now, place: Place) -> Response:
    """Take the GPU that is offered: the server is saved and restarted with it; kernel memory is lost."""
    context.desk.accept_offer(actor.user, TicketId(place), now)
    return Response(status_code=204)
