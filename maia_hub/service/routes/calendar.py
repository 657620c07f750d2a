"""GPUs, everybody's calendar, the next free slot."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from maia_hub.client import models as m
from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import PoolId
from maia_hub.core.interval import Interval
from maia_hub.service import views
from maia_hub.service.context import ActorDep, ContextDep, Now

_LONGEST = timedelta(days=400)

router = APIRouter(tags=["calendar"])


@router.get("/gpus")
def gpus(context: ContextDep, _: ActorDep, now: Now) -> list[m.PoolModel]:
    """Return the pools and their devices."""
    return views.pools(context.desk.pools(now), context.desk.gpus(now))


@router.get("/calendar")
def calendar(
    context: ContextDep, actor: ActorDep, now: Now, start: m.Moment, end: m.Moment
) -> m.CalendarModel:
    """Return bookings, outages and the number of free GPUs over [start, end), pool by pool."""
    interval = Interval(start, end)
    if interval.duration > _LONGEST:
        raise InvalidInput(
            "That is too long a stretch of the calendar.",
            given=f"{interval.duration.days} days",
            allowed=f"at most {_LONGEST.days} days",
            advice="Ask for a shorter one.",
        )
    found = context.desk.calendar(interval, now)
    return views.calendar(interval, found, actor, now, lambda: context.desk.belonging(actor, now))


@router.get("/slots")
def slots(
    context: ContextDep,
    _: ActorDep,
    now: Now,
    pool: str,
    duration: Annotated[float, Query(gt=0, le=_LONGEST.total_seconds(), description="seconds")],
    gpus: Annotated[int, Query(ge=1)] = 1,
    after: m.Moment | None = None,
) -> m.Slot | None:
    """Return the next free slot of that length, or null if there is none to be found."""
    length = timedelta(seconds=duration)
    slot = context.desk.next_slot(PoolId(pool), gpus, length, max(after or now, now), now)
    return views.slot(slot) if slot else None
