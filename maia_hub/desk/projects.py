"""What people see of projects: what they may use, and what they have taken of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.budgets import Budget, Kind
from maia_hub.core.ids import ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.projects import Project, Role
from maia_hub.core.quotas import at_a_time, since
from maia_hub.core.rules import taken_by
from maia_hub.desk.cases import Cases
from maia_hub.desk.people import Actor
from maia_hub.desk.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """A project, somebody's roles in it, its GPUs that are booked at this moment and the hours of week and month."""

    name: ProjectId
    project: Project
    roles: tuple[Role, ...]
    gpus_now: int
    hours_this_week: float
    hours_this_month: float


class ProjectCases(Cases):
    """Questions about projects."""

    def projects_of(self, actor: Actor, now: datetime) -> list[ProjectView]:
        """Return the actor's projects; to administrators those, too, of which the site says something."""
        with self._read(now) as work:
            names = {*actor.projects, *(work.in_force.projects.known if actor.admin else ())}
            return [_view(work, actor, name) for name in sorted(names)]


def _view(work: Work, actor: Actor, name: ProjectId) -> ProjectView:
    zone = work.in_force.projects.zone
    found = work.of_project(name, since(work.now, zone))
    roles = actor.projects.get(name, frozenset())

    taken = taken_by(found)

    def hours(kind: Kind) -> float:
        return Budget(kind, zone, taken, 0).held(work.now)

    return ProjectView(
        name=name,
        project=work.in_force.projects.get(name),
        roles=tuple(role for role in Role if role in roles),
        gpus_now=at_a_time(taken, Interval(work.now, work.now + datetime.resolution)),
        hours_this_week=hours("week"),
        hours_this_month=hours("month"),
    )
