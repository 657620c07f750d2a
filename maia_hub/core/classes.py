"""Classes: groups of students that have GPUs at the same times, and the staff who look after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zlib import crc32

from maia_hub.core.bookings import Booking
from maia_hub.core.ids import DEFAULT_CLUSTER, ClassId, ClusterId, GroupId, PoolId, ProjectId, UserName


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some students of a class who share what is booked for them; one student is in one group of a class."""

    id: GroupId
    name: str
    members: tuple[UserName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Groups of a project, each with its own booking of ``gpus`` GPUs on every date.

    The first date and ``rule``, an RRULE of RFC 5545 that is read in ``zone``, name the dates. ``staff`` are all who
    look after it, its ``teacher`` among them. ``ended`` is when it was ended for all.
    """

    id: ClassId
    name: str
    project: ProjectId
    teacher: UserName
    staff: tuple[UserName, ...]
    groups: tuple[Group, ...]
    pool: PoolId
    gpus: int
    rule: str
    zone: str
    skip: tuple[date, ...]
    created: datetime
    ended: datetime | None = None
    cluster: ClusterId = DEFAULT_CLUSTER

    def is_staff(self, user: UserName) -> bool:
        """Tell whether somebody looks after it."""
        return user == self.teacher or user in self.staff

    def group_of(self, user: UserName) -> Group | None:
        """Return the group that a student is in; None if in none."""
        return next((group for group in self.groups if user in group.members), None)

    def group(self, group_id: GroupId | None) -> Group | None:
        """Return the group with that id, or None."""
        return next((group for group in self.groups if group.id == group_id), None)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What runs now for a group: its class, the group and the booking."""

    course: Class
    group: Group
    booking: Booking


def holder(name: str, group: str) -> UserName:
    """Return in whose name a group's bookings are; no person can be called so, for the hub allows no slash."""
    return UserName(f"{name} / {group}")


def called(course: Class, group: Group) -> str:
    """Return how people call a group's booking."""
    return f"{course.name}, group {group.name}"


def share(booking: Booking, group: Group) -> int:
    """Return how many GPUs of its group's booking one server of a member gets: an even part, at least one."""
    return max(1, booking.gpus // max(1, len(group.members)))


def running(classes: Sequence[Class], bookings: Sequence[Booking], now: datetime) -> Iterator[Lesson]:
    """Yield what runs now, group by group."""
    groups = {group.id: (course, group) for course in classes for group in course.groups}
    for booking in bookings:
        if booking.group in groups and booking.live and booking.interval.contains(now):
            yield Lesson(*groups[booking.group], booking)


def version_of_class(course: Class) -> str:
    """Return a short name of who is in a class, and who looks after it, now."""
    groups = [(group.name, group.members) for group in course.groups]
    said = repr((course.teacher, course.staff, groups, course.ended))
    return f"{crc32(said.encode('utf-8', 'replace')):x}"
