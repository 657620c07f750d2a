"""One's projects."""

from __future__ import annotations

from fastapi import APIRouter

from maia_hub.client import models as m
from maia_hub.service import views
from maia_hub.service.context import ActorDep, ContextDep, Now

router = APIRouter(tags=["projects"])


@router.get("/projects")
def projects(context: ContextDep, actor: ActorDep, now: Now) -> list[m.ProjectModel]:
    """Return one's own projects, for administrators all with quotas: their limits, and what is booked of them."""
    return [views.project(view) for view in context.desk.projects_of(actor, now)]
