"""What one's servers could be started with, restarting one with another choice, and notices about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from maia_hub.client import models as m
from maia_hub.core.ids import DEFAULT_PROJECT, ServerName
from maia_hub.service import views
from maia_hub.service.context import MOST, ActorDep, ContextDep, Now
from maia_hub.service.once import once

router = APIRouter(tags=["servers"])


@router.get("/options")
def options(context: ContextDep, actor: ActorDep, now: Now, server: str = "") -> m.Options:
    """Return everything that a server could be started with now, what is not possible with the reason."""
    found, preselected = context.desk.choices(actor.user, ServerName(server), DEFAULT_PROJECT, now)
    return m.Options(now=now, choices=[views.choice(c) for c in found], preselected=preselected)


@router.post("/servers/switch", status_code=204)
@once
def switch(
    context: ContextDep, actor: ActorDep, now: Now, request: m.SwitchRequest, server: str = ""
) -> Response:
    """Restart a running server with another choice."""
    context.desk.request_switch(actor.user, ServerName(server), request.choice, now)
    return Response(status_code=204)


@router.delete("/notices/{notice_id}", status_code=204)
@once
def dismiss(
    context: ContextDep, actor: ActorDep, now: Now, notice_id: Annotated[int, Path(ge=1, le=MOST)]
) -> Response:
    """Dismiss a notice."""
    context.desk.dismiss(actor.user, notice_id, now)
    return Response(status_code=204)
