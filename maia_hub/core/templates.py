"""Templates: a wish to book that somebody keeps, to book by it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.interval import Interval, zone_called
from maia_hub.core.series import place, wall_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """So many GPUs of a pool for so long, at a time of day in a zone; without one it is meant for now."""

    id: UUID
    user: UserName
    name: str
    pool: str
    gpus: int
    length: timedelta
    project: ProjectId | None
    at: time | None
    zone: str
    note: str
    created: datetime


def interval_of(template: Template, on: date | None, now: datetime) -> Interval:
    """Return when a booking by the template would be: on a day of its zone, or the next time that it can begin.

    A time that the clocks skip or repeat is taken as in a series.
    """
    zone = zone_called(template.zone)
    here = wall_time(now, zone)
    if template.at is None and on is None:
        return Interval(now, now + template.length)
    clock = template.at or here.time()
    day = on or here.date()
    start = place(datetime.combine(day, clock), zone)
    if on is None and start < now:
        start = place(datetime.combine(day + timedelta(days=1), clock), zone)
    return Interval(start, start + template.length)
