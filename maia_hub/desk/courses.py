"""What a class is made of: what is wanted, what is shown, what stands in the way and what is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.classes import Class, Group, version_of_class
from maia_hub.core.errors import ChangedMeanwhile, Conflict, Forbidden, InvalidInput, NotFound
from maia_hub.core.ids import (
    ClassId,
    GroupId,
    PoolId,
    ProjectId,
    ServerName,
    UserName,
    new_class_id,
    new_group_id,
)
from maia_hub.core.interval import Interval, in_words, zone_called
from maia_hub.core.rosters import Fault, Groups, why_no_name
from maia_hub.desk.people import Actor
from maia_hub.desk.recurrence import dates
from maia_hub.desk.teaching import ClassDate, book_dates
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice

MOST_BOOKINGS = 500
"""Of one class, its groups times its dates: nobody else may write while they are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWish:
    """A class that is wanted: ``roster`` is the list of its students, ``first`` its first date.

    ``gpus`` are those of each group; ``partly``: dates that cannot be had are left out.
    """

    name: str
    project: ProjectId
    pool: PoolId
    gpus: int
    first: Interval
    rule: str
    zone: str
    roster: str
    skip: tuple[date, ...] = ()
    staff: tuple[UserName, ...] = ()
    partly: bool = False


@dataclass(frozen=True, slots=True)
class ClassView:
    """A class, the bookings of all its groups by their start, and the dates that were left out."""

    course: Class
    bookings: tuple[Booking, ...]
    missing: tuple[ClassDate, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassPreview:
    """What is wrong in a list, line by line, or else which groups and dates there would be."""

    faults: tuple[Fault, ...]
    groups: Groups
    dates: tuple[ClassDate, ...] = ()


@dataclass(frozen=True, slots=True)
class Belonging:
    """In which groups somebody is, which she looks after, and of which class each is."""

    member_of: frozenset[GroupId] = frozenset()
    staff_of: frozenset[GroupId] = frozenset()
    classes: Mapping[GroupId, ClassId] = field(default_factory=dict)


def tried_class(work: Work, actor: Actor, wish: ClassWish, groups: Groups) -> tuple[Class, list[ClassDate]]:
    """Write the class and book its dates; raise what could never be."""
    found = dates(wish.first, wish.rule, zone_called(wish.zone), wish.skip)
    if len(found) * len(groups) > MOST_BOOKINGS:
        raise InvalidInput(
            "A class cannot have so many dates for so many groups.",
            given=f"{len(found)} dates × {len(groups)} groups",
            allowed=f"up to {MOST_BOOKINGS} bookings",
            advice="Make a class for each half of the term, or fewer groups.",
        )
    made = Class(
        id=new_class_id(),
        name=_free_name(work, wish),
        project=wish.project,
        teacher=actor.user,
        staff=staff_with(actor.user, wish.staff),
        groups=named(groups, None),
        pool=_pool(work, wish.pool),
        gpus=wish.gpus,
        rule=wish.rule,
        zone=wish.zone,
        skip=wish.skip,
        created=work.now,
    )
    work.tx.classes.put(made, work.now)
    return made, book_dates(work, actor.user, made, made.groups, found)


def _free_name(work: Work, wish: ClassWish) -> str:
    name = wish.name.strip()
    if why := why_no_name(name, 63):
        raise InvalidInput(
            f"The name of the class {why}.", given=wish.name[:63], allowed="1 to 63 characters"
        )
    others = {each.name.casefold() for each in work.tx.classes.live() if each.project == wish.project}
    if name.casefold() in others:
        raise Conflict(
            f"The project {wish.project} has a class of that name, with dates to come.",
            given=name,
            allowed="another name",
            advice="Change that class, end it for all, or choose another name.",
        )
    return name


def _pool(work: Work, wanted: PoolId) -> PoolId:
    known = [pool.id for pool in work.tx.inventory.pools() if pool.largest_node]
    if wanted not in known:
        raise NotFound("There is no such GPU pool.", given=wanted, allowed=known)
    return wanted


def named(groups: Groups, before: Class | None) -> tuple[Group, ...]:
    """Return groups with their ids: one that was there under the same name is the same."""
    ids = {group.name.casefold(): group.id for group in (before.groups if before else ())}
    return tuple(
        Group(id=ids.get(name.casefold()) or new_group_id(), name=name, members=members)
        for name, members in groups
    )


def staff_with(teacher: UserName, given: Collection[UserName]) -> tuple[UserName, ...]:
    """Return all who look after a class, its teacher among them."""
    names = sorted({teacher, *(UserName(name.strip()) for name in given if name.strip())})
    for name in names:
        if why := why_no_name(name, 255):
            raise InvalidInput(
                f"The name of one of the staff {why}.", given=name[:63], allowed="user names of the hub"
            )
    return tuple(names)


def live_of(work: Work, course: Class) -> list[Booking]:
    """Return the bookings of a class that run or are to come."""
    return [b for b in work.tx.bookings.of_class(course.id) if b.live and b.interval.end > work.now]


def rest_of(interval: Interval, now: datetime) -> Interval:
    """Return what is left of an interval."""
    return Interval(max(interval.start, now), interval.end)


def people(course: Class) -> list[UserName]:
    """Return the students of a class."""
    return [user for group in course.groups for user in group.members]


def id_of(group: Group | None) -> GroupId | None:
    """Return the id of a group, if there is one."""
    return group.id if group else None


def require_lead(actor: Actor, project: ProjectId) -> None:
    """Raise `Forbidden` unless the actor may make and change classes of a project."""
    if not actor.admin and not actor.leads(project):
        raise Forbidden(
            "Classes are made and changed by who leads the project, or an administrator, in the portal.",
            given=project,
            allowed="a lead of the project, signed in to the portal; never a token",
            advice="Sign in to the portal, or ask a lead of the project.",
        )


def known_class(work: Work, actor: Actor, class_id: ClassId) -> Class:
    """Return a class to whoever is in it, looks after it or leads its project; `NotFound` to others."""
    course = work.tx.classes.get(class_id)
    if course is not None:
        near = course.is_staff(actor.user) or course.group_of(actor.user) is not None
        if near or actor.admin or actor.leads(course.project):
            return course
    raise NotFound(
        "There is no such class of yours.", given=str(class_id), advice="Look at the list of classes."
    )


def class_in_hand(work: Work, actor: Actor, class_id: ClassId, *, look: bool = False) -> Class:
    """Return a class that is not ended and that the actor may change; its staff may ``look`` what that would do."""
    course = known_class(work, actor, class_id)
    if not (look and course.is_staff(actor.user)):
        require_lead(actor, course.project)
    if course.ended is not None:
        raise Conflict("The class has ended.", given=in_words(course.ended), advice="Make a new class.")
    return course


def class_changed(course: Class) -> ChangedMeanwhile:
    """Return the error of a class that is not as it was seen."""
    return ChangedMeanwhile(
        "This class was changed meanwhile.",
        allowed=version_of_class(course),
        advice="Look at its groups and staff now; then change them again, if you still want to.",
        details={"changes": []},
    )


def tell_user(work: Work, user: UserName, title: str, message: str) -> None:
    """Tell somebody of a class."""
    notice = Notice(
        user=user, server=ServerName(""), at=work.now, kind="info", title=title[:200], message=message
    )
    work.tx.notices.add(notice, beside=True)


def class_facts(course: Class) -> dict[str, object]:
    """Return what the audit log keeps of a class: who is in which group is what is asked about later."""
    return {
        "project": course.project,
        "name": course.name,
        "pool": course.pool,
        "gpus": course.gpus,
        "staff": list(course.staff),
        "groups": {group.name: list(group.members) for group in course.groups},
    }
