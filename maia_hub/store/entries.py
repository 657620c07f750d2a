"""Who was let into whose servers by the platform, and who was there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from maia_hub.core.entry import Entry, Visit
from maia_hub.core.ids import ClassId, ProjectId, ServerName, UserName
from maia_hub.store.entry_tables import entries, visits
from maia_hub.store.upsert import upsert

_SHOWN = 20
"""Visits of a server that are shown, the newest ones."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A right that the platform gave or is giving, for a class; ``given`` is when the hub is known to have it."""

    entry: Entry
    course: ClassId
    project: ProjectId
    since: datetime
    given: datetime | None = None


@dataclass(frozen=True)
class Entries:
    """All of them, and all visits."""

    connection: Connection

    def all(self) -> list[Kept]:
        """Return what the hub may have of us, whether that is known or not."""
        return [_kept(row) for row in self.connection.execute(select(entries))]

    def get(self, entry: Entry) -> Kept | None:
        """Return one, or None."""
        row = self.connection.execute(select(entries).where(*_this(entry))).first()
        return None if row is None else _kept(row)

    def of_owner(self, user: UserName) -> list[Kept]:
        """Return who was let into somebody's servers."""
        query = select(entries).where(entries.c.user == user)
        return [_kept(row) for row in self.connection.execute(query.order_by(entries.c.visitor))]

    def of_visitor(self, user: UserName) -> list[Kept]:
        """Return into whose servers somebody was let."""
        query = select(entries).where(entries.c.visitor == user)
        return [
            _kept(row) for row in self.connection.execute(query.order_by(entries.c.user, entries.c.server))
        ]

    def put(self, kept: Kept) -> None:
        """Write one, new or changed."""
        key = {"user": kept.entry.owner, "server": kept.entry.server, "visitor": kept.entry.visitor}
        values = {"class": kept.course, "project": kept.project, "since": kept.since, "given": kept.given}
        upsert(self.connection, entries, key, values)

    def remove(self, entry: Entry) -> None:
        """Forget one that the hub has no more."""
        self.connection.execute(delete(entries).where(*_this(entry)))

    def visits_of(self, user: UserName, since: datetime) -> list[Visit]:
        """Return who was in somebody's servers since then, the newest first."""
        query = select(visits).where(visits.c.user == user, visits.c.last >= since)
        return [
            _visit(row)
            for row in self.connection.execute(query.order_by(visits.c.since.desc()).limit(_SHOWN))
        ]

    def latest(self, entry: Entry) -> Visit | None:
        """Return somebody's latest visit to a server, or None."""
        mine = (
            visits.c.user == entry.owner,
            visits.c.server == entry.server,
            visits.c.visitor == entry.visitor,
        )
        row = self.connection.execute(
            select(visits).where(*mine).order_by(visits.c.since.desc()).limit(1)
        ).first()
        return None if row is None else _visit(row)

    def put_visit(self, visit: Visit) -> None:
        """Write a visit, new or longer."""
        key = {"user": visit.owner, "server": visit.server, "visitor": visit.visitor, "since": visit.since}
        upsert(self.connection, visits, key, {"last": visit.last})


def _this(entry: Entry) -> tuple[Any, ...]:
    return (
        entries.c.user == entry.owner,
        entries.c.server == entry.server,
        entries.c.visitor == entry.visitor,
    )


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        entry=Entry(UserName(row.user), ServerName(row.server), UserName(row.visitor)),
        course=ClassId(row._mapping[entries.c["class"]]),
        project=ProjectId(row.project),
        since=row.since,
        given=row.given,
    )


def _visit(row: Row[Any]) -> Visit:
    return Visit(
        owner=UserName(row.user),
        server=ServerName(row.server),
        visitor=UserName(row.visitor),
        since=row.since,
        last=row.last,
    )
