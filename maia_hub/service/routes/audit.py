"""The audit log: all of it for administrators, a project's for who leads it and for its data stewards."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from maia_hub.client import models as m
from maia_hub.core.interval import as_utc
from maia_hub.desk import Event, Search
from maia_hub.service import pages, views
from maia_hub.service.context import MOST, ActorDep, AdminDep, ContextDep, Now

Text = Annotated[str | None, Query(max_length=255)]
Before = Annotated[int | None, Query(ge=1, le=MOST, description="the id to go on from")]
Cursor = Annotated[int | None, Query(ge=1, le=MOST, description="the same: `Next-Cursor` says it")]
Limit = Annotated[int, Query(ge=1, le=500)]

router = APIRouter(tags=["administration"])


def _search(
    user: Annotated[Text, Query(description="who did it, or whom it concerns")] = None,
    subject: Annotated[
        Text, Query(description="what the id of the booking, or other thing, begins with")
    ] = None,
    action: Annotated[Text, Query(description="what the action begins with, such as booking.")] = None,
    since: m.Moment | None = None,
    until: Annotated[m.Moment | None, Query(description="exclusive")] = None,
    text: Annotated[
        Text,
        Query(
            description="a part of the reason or action in any case, or what the id begins with, 5 characters or more"
        ),
    ] = None,
) -> Search:
    return Search(
        user=user,
        subject=subject,
        action=action,
        since=None if since is None else as_utc(since),
        until=None if until is None else as_utc(until),
        text=text,
    )


SearchDep = Annotated[Search, Depends(_search)]


@router.get("/admin/audit", responses=pages.ANSWER)
def audit(  # noqa: PLR0913
    http: Request,
    response: Response,
    context: ContextDep,
    admin: AdminDep,
    now: Now,
    search: SearchDep,
    *,
    before: Before = None,
    cursor: Cursor = None,
    limit: Limit = 100,
    project: Text = None,
) -> list[m.AuditEvent]:
    """Return decisions that are searched for, the newest first."""
    search = replace(search, project=project)
    found = context.desk.audit(admin, now, before=before or cursor, limit=limit + 1, search=search)
    return _page(http, response, found, limit)


@router.get("/projects/{project}/audit", responses=pages.ANSWER)
def of_project(  # noqa: PLR0913
    http: Request,
    response: Response,
    context: ContextDep,
    actor: ActorDep,
    now: Now,
    search: SearchDep,
    project: Annotated[str, Path(max_length=63)],
    *,
    before: Before = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> list[m.AuditEvent]:
    """Return what was decided in a project, the newest first: for who leads it, and for its data stewards.

    It needs a sign-in to the portal: a token has no office.
    """
    search = replace(search, project=project)
    found = context.desk.audit(actor, now, before=before or cursor, limit=limit + 1, search=search)
    return _page(http, response, found, limit)


def _page(http: Request, response: Response, found: list[Event], limit: int) -> list[m.AuditEvent]:
    if len(found) > limit:
        found = found[:limit]
        pages.point(http, response, before=str(found[-1].id))
    return [views.audit_event(event) for event in found]
