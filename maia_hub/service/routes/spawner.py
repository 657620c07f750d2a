"""For the spawner alone: what a starting server receives, and what became of it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from maia_hub.client import models as m
from maia_hub.core.grants import Wait
from maia_hub.core.ids import LeaseId, ProjectId, ServerName, UserName
from maia_hub.core.leases import LeaseEnd
from maia_hub.service import views
from maia_hub.service.context import ContextDep, Now, only_spawner
from maia_hub.service.once import once_of_spawner

router = APIRouter(prefix="/spawner", tags=["spawner"], dependencies=[Depends(only_spawner)])


@router.get("/options")
def options(
    context: ContextDep, now: Now, user: str, server: str = "", project: str = "default"
) -> m.Options:
    """Return everything that a server of the user could be started with now."""
    found, preselected = context.desk.choices(UserName(user), ServerName(server), ProjectId(project), now)
    return m.Options(now=now, choices=[views.choice(c) for c in found], preselected=preselected)


@router.post("/grants", response_model=m.Grant, responses={202: {"model": m.Wait}})
@once_of_spawner
def grant(context: ContextDep, now: Now, request: m.GrantRequest) -> Response:
    """Decide what a server that starts now receives; 202 means: ask again in a moment."""
    user, server, project = UserName(request.user), ServerName(request.server), ProjectId(request.project)
    decided = context.desk.grant(user, server, project, request.choice, now, fixed=request.fixed)
    if isinstance(decided, Wait):
        return JSONResponse(views.wait(decided).model_dump(mode="json"), 202)
    return JSONResponse(views.grant(decided).model_dump(mode="json"))


@router.post("/grants/{grant_id}/running", status_code=204)
@once_of_spawner
def running(context: ContextDep, now: Now, grant_id: UUID) -> Response:
    """Take note that the process of a grant runs."""
    context.desk.running(LeaseId(grant_id), now)
    return Response(status_code=204)


@router.post("/grants/{grant_id}/ended", status_code=204)
@once_of_spawner
def ended(context: ContextDep, now: Now, grant_id: UUID, report: m.GrantEnded) -> Response:
    """Take note that the process of a grant is gone: its GPUs are free.

    The loops see for themselves what a server was lost to, except while they are away.
    """
    if report.cause == "preempted":
        context.desk.lost(LeaseId(grant_id), "preempted", "seen by the hub", now)
    context.desk.ended(LeaseId(grant_id), LeaseEnd(report.cause), now)
    return Response(status_code=204)


@router.post("/stopping")
@once_of_spawner
def stopping(context: ContextDep, now: Now, user: str, server: str = "") -> m.Stopping:
    """Say whether a server that is being stopped will be started again by the platform."""
    return m.Stopping(resume=context.desk.stopping(UserName(user), ServerName(server), now))
