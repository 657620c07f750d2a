"""Who may open whose server: the staff of a class, those servers that hold GPUs of the class, while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maia_hub.core.bookings import Booking
from maia_hub.core.classes import Class, Lesson, running
from maia_hub.core.ids import ClassId, ProjectId, ServerName, UserName
from maia_hub.core.leases import Lease

APART = timedelta(minutes=15)
"""Who comes back later than this visits anew."""
HERE = timedelta(minutes=2)
"""Who was seen so lately is still there: a server tells of a visitor at work at least once a minute."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A right of ``visitor`` to open a server of ``owner``."""

    owner: UserName
    server: ServerName
    visitor: UserName


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody has it: a class and its project, and until when at the most."""

    course: ClassId
    called: str
    project: ProjectId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody was in a server from ``since`` to ``last``."""

    owner: UserName
    server: ServerName
    visitor: UserName
    since: datetime
    last: datetime

    def is_here(self, now: datetime) -> bool:
        """Tell whether she is there now."""
        return now - self.last < HERE

    def goes_on(self, now: datetime) -> bool:
        """Tell whether somebody who is seen now has been there all the time."""
        return now - self.last < APART


def rights(
    classes: Sequence[Class], bookings: Sequence[Booking], leases: Sequence[Lease], now: datetime
) -> dict[Entry, Reason]:
    """Return who may open which servers now, and why.

    A server counts while it holds GPUs of a booking of its owner's group: not what else a student runs, and not after.
    """
    lessons = {each.booking.id: each for each in running(classes, bookings, now)}
    found = {}
    for lease in leases:
        lesson = lessons.get(lease.booking) if lease.booking is not None and lease.live else None
        if lesson is not None and not lease.of_pod:
            found.update(dict.fromkeys(_into(lease, lesson, now), _reason(lesson)))
    return found


def _into(lease: Lease, lesson: Lesson, now: datetime) -> Iterator[Entry]:
    course, ended = lesson.course, lesson.course.ended
    if lease.user not in lesson.group.members or (ended is not None and ended <= now):
        return
    for visitor in dict.fromkeys((course.teacher, *course.staff)):
        if visitor != lease.user:
            yield Entry(lease.user, lease.server, visitor)


def _reason(lesson: Lesson) -> Reason:
    course = lesson.course
    return Reason(course.id, course.name, course.project, lesson.booking.interval.end)
