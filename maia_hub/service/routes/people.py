"""Who I am, and how many GPU-hours were booked and used."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter

from maia_hub.client import models as m
from maia_hub.core.interval import Interval
from maia_hub.service import views, xsrf
from maia_hub.service.context import ActorDep, ContextDep, Now, PersonDep

_WEEK = timedelta(days=7)

router = APIRouter(tags=["people"])


@router.get("/me")
async def me(context: ContextDep, person: PersonDep, now: Now) -> m.Me:
    """Return who is asking, with the XSRF token of a cookie session."""
    token = xsrf.token_for(person.secret) if person.via == "session" else None
    return m.Me(
        user=person.user,
        admin=person.admin,
        groups=list(person.groups),
        now=now,
        zone=str(context.desk.projects.zone),
        xsrf=token,
    )


@router.get("/account")
def account(
    context: ContextDep,
    actor: ActorDep,
    now: Now,
    start: m.Moment | None = None,
    end: m.Moment | None = None,
) -> list[m.Account]:
    """Return GPU-hours, by default of the last seven days: one's own, and those that reports show."""
    end = end or now
    window = Interval(start or end - _WEEK, end)
    return [
        views.account(line)
        for line in context.desk.account(window, now)
        if actor.admin or line.user == actor.user or actor.oversees(line.project)
    ]
