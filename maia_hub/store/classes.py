"""Classes in the database, with their staff, groups and students."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select, union, update

from maia_hub.core.classes import Class, Group
from maia_hub.core.ids import ClassId, ClusterId, GroupId, PoolId, ProjectId, UserName
from maia_hub.store.bookings import LIVE
from maia_hub.store.class_tables import class_groups, class_members, class_staff, classes
from maia_hub.store.tables import bookings

_of_group = class_groups.c["class"]
_of_member = class_members.c["class"]
_of_staff = class_staff.c["class"]


@dataclass(frozen=True)
class Classes:
    """The classes of everybody."""

    connection: Connection

    def get(self, class_id: ClassId) -> Class | None:
        """Return a class, or None."""
        return next(iter(self._all(classes.c.id == class_id)), None)

    def of_group(self, group_id: GroupId) -> Class | None:
        """Return the class that a group is or was of, or None."""
        owner = select(_of_group).where(class_groups.c.id == group_id)
        return next(iter(self._all(classes.c.id.in_(owner))), None)

    def live(self) -> list[Class]:
        """Return the classes that have bookings which run or are to come."""
        booked = select(bookings.c.class_group).where(LIVE, bookings.c.class_group.is_not(None))
        return self._all(classes.c.id.in_(select(_of_group).where(class_groups.c.id.in_(booked))))

    def of_projects(self, projects: list[ProjectId] | None) -> list[Class]:
        """Return the classes of these projects, of all with None, the newest first."""
        return self._all(*([] if projects is None else [classes.c.project.in_(projects)]))

    def of_person(self, user: UserName) -> list[Class]:
        """Return the classes that somebody looks after or is in, the newest first."""
        found = union(
            select(classes.c.id).where(classes.c.teacher == user),
            select(_of_staff).where(class_staff.c.user == user),
            select(_of_member).where(class_members.c.user == user),
        )
        return self._all(classes.c.id.in_(found))

    def put(self, made: Class, now: datetime) -> None:
        """Write a class, new or changed, with all its people; groups that are left out are removed from now on."""
        values = _values(made)
        changed = self.connection.execute(update(classes).where(classes.c.id == made.id).values(**values))
        if not changed.rowcount:
            self.connection.execute(insert(classes).values(id=made.id, **values))
        self._put_staff(made)
        self._put_groups(made, now)
        self._put_members(made)

    def _put_groups(self, made: Class, now: datetime) -> None:
        there = {row.id for row in self._rows(select(class_groups.c.id).where(_of_group == made.id))}
        gone = (_of_group == made.id, class_groups.c.removed.is_(None))
        kept = [group.id for group in made.groups]
        self.connection.execute(
            update(class_groups).where(*gone, class_groups.c.id.not_in(kept)).values(removed=now)
        )
        for group in made.groups:
            own = class_groups.c.id == group.id
            if group.id in there:
                self.connection.execute(update(class_groups).where(own).values(name=group.name))
            else:
                values = {"id": group.id, "class": made.id, "name": group.name}
                self.connection.execute(insert(class_groups).values(values))

    def _put_members(self, made: Class) -> None:
        self.connection.execute(delete(class_members).where(_of_member == made.id))
        members = [
            {"class": made.id, "user": user, "class_group": group.id}
            for group in made.groups
            for user in group.members
        ]
        if members:
            self.connection.execute(insert(class_members), members)

    def _put_staff(self, made: Class) -> None:
        self.connection.execute(delete(class_staff).where(_of_staff == made.id))
        staff = [{"class": made.id, "user": user} for user in dict.fromkeys(made.staff)]
        if staff:
            self.connection.execute(insert(class_staff), staff)

    def _all(self, *where: Any) -> list[Class]:
        query = select(classes).where(*where).order_by(classes.c.created.desc(), classes.c.id)
        rows = self._rows(query)
        if not rows:  # mostly so, and this is asked at every decision
            return []
        ids = [row.id for row in rows]
        staff, groups = self._staff(ids), self._groups(ids)
        return [_class_of(row, tuple(staff[row.id]), tuple(groups[row.id])) for row in rows]

    def _staff(self, ids: list[UUID]) -> dict[UUID, list[UserName]]:
        found: dict[UUID, list[UserName]] = defaultdict(list)
        for row in self._rows(select(class_staff).where(_of_staff.in_(ids)).order_by(class_staff.c.user)):
            found[row[0]].append(UserName(row.user))
        return found

    def _groups(self, ids: list[UUID]) -> dict[UUID, list[Group]]:
        members: dict[UUID, list[UserName]] = defaultdict(list)
        for row in self._rows(
            select(class_members).where(_of_member.in_(ids)).order_by(class_members.c.user)
        ):
            members[row.class_group].append(UserName(row.user))
        there = select(class_groups).where(_of_group.in_(ids), class_groups.c.removed.is_(None))
        found: dict[UUID, list[Group]] = defaultdict(list)
        for row in self._rows(there.order_by(class_groups.c.name)):
            group = Group(id=GroupId(row.id), name=row.name, members=tuple(members[row.id]))
            found[row[1]].append(group)
        return found

    def _rows(self, query: Any) -> list[Row[Any]]:
        return list(self.connection.execute(query))


def _values(made: Class) -> dict[str, object]:
    return {
        "cluster": made.cluster,
        "project": made.project,
        "name": made.name,
        "teacher": made.teacher,
        "pool": made.pool,
        "gpus": made.gpus,
        "rule": made.rule,
        "zone": made.zone,
        "skip": [day.isoformat() for day in made.skip],
        "created": made.created,
        "ended": made.ended,
    }


def _class_of(row: Row[Any], staff: tuple[UserName, ...], groups: tuple[Group, ...]) -> Class:
    return Class(
        id=ClassId(row.id),
        name=row.name,
        project=ProjectId(row.project),
        teacher=UserName(row.teacher),
        staff=staff,
        groups=groups,
        pool=PoolId(row.pool),
        gpus=row.gpus,
        rule=row.rule,
        zone=row.zone,
        skip=tuple(map(date.fromisoformat, row.skip)),
        created=row.created,
        ended=row.ended,
        cluster=ClusterId(row.cluster),
    )
