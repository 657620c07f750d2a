"""Classes, each as much of it as who asks may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from maia_hub.client import models as m
from maia_hub.core.bookings import Booking
from maia_hub.core.classes import Class, Group, version_of_class
from maia_hub.core.ids import PoolId, ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.rosters import Fault, written
from maia_hub.desk import Actor, ClassDate, ClassPreview, ClassView, ClassWish
from maia_hub.service.views.bookings import BookingViews
from maia_hub.service.views.series import refused


def class_asked(request: m.ClassRequest) -> ClassWish:
    """Read a wish for a class from a request."""
    return ClassWish(
        name=request.name,
        project=ProjectId(request.project),
        pool=PoolId(request.pool),
        gpus=request.gpus,
        first=Interval(request.start, request.end),
        rule=request.rule,
        zone=request.zone,
        roster=request.roster,
        skip=tuple(sorted(set(request.skip))),
        staff=tuple(map(UserName, request.staff)),
        partly=request.partly,
    )


@dataclass(frozen=True)
class Strangers:
    """Whom the hub does not know: lines of the list of students, and names of the staff."""

    students: Sequence[Fault]
    staff: Sequence[UserName]


def class_check(zone: str, found: ClassPreview, unknown: Strangers | None) -> m.ClassCheck:
    """Show what a class would be; ``unknown`` are those whom the hub does not know, None if it was not asked."""
    return m.ClassCheck(
        zone=zone,
        faults=_faults(found.faults),
        warnings=_faults(unknown.students if unknown else ()),
        strange_staff=list(unknown.staff) if unknown else [],
        hub_asked=unknown is not None,
        groups=[m.GroupModel(name=name, members=list(members)) for name, members in found.groups],
        dates=[_date(each) for each in found.dates],
    )


def _faults(found: Iterable[Fault]) -> list[m.RosterFault]:
    return [m.RosterFault(line=fault.line, message=fault.message, given=fault.given) for fault in found]


class ClassViews:
    """Shows classes to one user."""

    def __init__(self, actor: Actor, bookings: BookingViews) -> None:
        self._actor = actor
        self._bookings = bookings

    def one(self, view: ClassView, *, whole: bool = True) -> m.ClassModel:
        """Show a class, with all its bookings if it is shown whole."""
        course = view.course
        role, own = self._role(course), course.group_of(self._actor.user)
        groups = [own] if role == "member" and own else course.groups
        seen = [b for b in view.bookings if role != "member" or (own and b.group == own.id)]
        starts = sorted({b.interval.start for b in seen if b.live and b.interval.end > self._bookings.now})
        changing = role == "lead" and course.ended is None
        return m.ClassModel(
            id=course.id,
            name=course.name,
            project=course.project,
            teacher=course.teacher,
            staff=list(course.staff),
            role=role,
            group=own.name if own else None,
            pool=course.pool,
            product=self._bookings.product(course.pool),
            gpus=course.gpus,
            rule=course.rule,
            zone=course.zone,
            skip=list(course.skip),
            created=course.created,
            ended=course.ended,
            groups=[m.GroupModel(name=group.name, members=list(group.members)) for group in groups],
            left=len(starts),
            next=starts[0] if starts else None,
            may=["change", "end"] if changing else [],
            roster=_roster(course.groups) if changing else "",
            bookings=self._bookings.all(seen) if whole else [],
            missing=[_date(each) for each in view.missing],
            etag=f'"{version_of_class(course)}"',
        )

    def _role(self, course: Class) -> Literal["lead", "staff", "member"]:
        if self._actor.admin or self._actor.leads(course.project):
            return "lead"
        return "staff" if course.is_staff(self._actor.user) else "member"


def _roster(groups: Iterable[Group]) -> str:
    return written((group.name, group.members) for group in groups)


def _date(given: ClassDate) -> m.ClassDate:
    interval = given.occurrence.interval
    return m.ClassDate(
        start=interval.start,
        end=interval.end,
        said=given.occurrence.said,
        verdict=m.Verdict(allowed=True) if given.error is None else refused(given.error),
        nodes=_nodes(given.bookings),
    )


def _nodes(bookings: Iterable[Booking]) -> dict[str, str]:
    return {booking.user.rpartition(" / ")[2]: booking.node for booking in bookings}
