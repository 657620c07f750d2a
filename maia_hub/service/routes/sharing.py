"""MONAI Labels of workspaces that are shared with a colleague, and what the door to the tools asks of them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from maia_hub.client import models as m
from maia_hub.core.ids import ServerName, UserName
from maia_hub.core.interval import as_utc
from maia_hub.core.toolshares import ToolShare
from maia_hub.desk import Actor
from maia_hub.service.context import ActorDep, Context, ContextDep, Now, only_door
from maia_hub.service.once import once

router = APIRouter(tags=["sharing"])
_SHARES = "/monailabel-shares"


@router.get(_SHARES)
def tool_shares(context: ContextDep, actor: ActorDep, now: Now) -> list[m.ToolShareModel]:
    """Return what one shares and what is shared with one now, the oldest first."""
    return [_shown(context, each) for each in context.desk.tool_shares(actor, now)]


async def _guest(context: ContextDep, _: ActorDep, request: m.ToolShareRequest) -> Actor:
    """Return with whom it is to be shared, in no project if the hub knows nobody of that name."""
    groups = await context.hub.groups_of(request.guest)
    projects = {} if groups is None else context.desk.projects.of(groups)
    return Actor(UserName(request.guest), roles=groups or (), projects=projects)


@router.post(_SHARES, status_code=201)
@once
def share_tool(
    context: ContextDep,
    actor: ActorDep,
    now: Now,
    request: m.ToolShareRequest,
    guest: Annotated[Actor, Depends(_guest)],
) -> m.ToolShareModel:
    """Let a colleague of the server's project use one MONAI Label in a server of one's own; she is told.

    One that stands already gets the new end. Nothing else of the server is opened to her.
    """
    server, until = ServerName(request.server), as_utc(request.until)
    return _shown(context, context.desk.share_tool(actor, server, request.tool, guest, until, now))


@router.delete(_SHARES + "/{share_id}", status_code=204)
@once
def take_back_tool(context: ContextDep, actor: ActorDep, now: Now, share_id: UUID) -> Response:
    """End a share of one's own, or one with oneself: the guest's next request is refused."""
    context.desk.take_back_tool(actor, share_id, now)
    return Response(status_code=204)


@router.put(_SHARES + "/word", status_code=204)
def tell_word(context: ContextDep, actor: ActorDep, now: Now, request: m.ToolWord) -> Response:
    """Keep the word that a workspace of one's own wants to hear from the door; it is never shown to anybody."""
    context.desk.tell_word(actor, ServerName(request.server), request.tool, request.word, now)
    return Response(status_code=204)


@router.get("/door" + _SHARES + "/{share_id}", dependencies=[Depends(only_door)])
def lead_guest(
    context: ContextDep, now: Now, share_id: UUID, guest: Annotated[str, Query(max_length=255)]
) -> m.ToolLead:
    """Return where a guest is to be led, and the word to say there (the door to the tools alone)."""
    found = context.desk.lead_guest(share_id, UserName(guest), now)
    return m.ToolLead(share=_shown(context, found.share), word=found.word)


def _shown(context: Context, share: ToolShare) -> m.ToolShareModel:
    return m.ToolShareModel(
        id=share.id,
        owner=share.owner,
        server=share.server,
        tool=share.tool,
        guest=share.guest,
        project=share.project,
        until=share.until,
        created=share.created,
        page=f"{context.settings.door}/shared/{share.id}/",
    )
