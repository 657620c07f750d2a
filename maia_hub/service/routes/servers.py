"""What one's servers could be started with, restarting one with another choice, and notices about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from maia_hub.client import models as m
from maia_hub.client.calls import VISITOR
from maia_hub.core.entry import Entry
from maia_hub.core.errors import Forbidden
from maia_hub.core.ids import DEFAULT_PROJECT, ServerName, UserName
from maia_hub.service import views
from maia_hub.service.context import MOST, ActorDep, ContextDep, Now
from maia_hub.service.hubauth import HubUser
from maia_hub.service.once import once

router = APIRouter(tags=["servers"])
_ASK_AGAIN = 30.0
"""Seconds within which a server shuts a visitor out whom the hub lets in no more."""


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


async def _visitor(
    context: ContextDep,
    token: Annotated[str, Header(alias=VISITOR, description="a token that the hub gave her")] = "",
) -> HubUser:
    """Ask the hub whose token it is, each time anew: what it has taken back counts at once."""
    found = await context.hub.whoami(token) if token else None
    if found is None:
        raise Forbidden("The hub does not know the visitor.", advice="Sign in at the hub again.")
    return found


@router.post("/servers/visits")
def visit(
    context: ContextDep,
    actor: ActorDep,
    visitor: Annotated[HubUser, Depends(_visitor)],
    now: Now,
    server: Annotated[str, Query(max_length=255)] = "",
) -> m.Visitor:
    """Take note that somebody else is in a server of mine, which asks before it serves her; 403: shut her out."""
    if visitor.name != actor.user:
        if not visitor.may_open(actor.user, server):
            raise Forbidden(
                "The hub does not let this visitor open the server.",
                given=visitor.name,
                advice="Ask its owner to show you what you want to see.",
            )
        context.desk.visited(Entry(actor.user, ServerName(server), UserName(visitor.name)), now)
    return m.Visitor(visitor=visitor.name, seconds=_ASK_AGAIN)


@router.delete("/notices/{notice_id}", status_code=204)
@once
def dismiss(
    context: ContextDep, actor: ActorDep, now: Now, notice_id: Annotated[int, Path(ge=1, le=MOST)]
) -> Response:
    """Dismiss a notice."""
    context.desk.dismiss(actor.user, notice_id, now)
    return Response(status_code=204)
