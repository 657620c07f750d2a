"""Forgetting what is older than a site keeps it: the one way past the guard of the events, and it leaves its trace.

A row of ``retentions`` opens it, up to a moment and within one transaction. No such row is ever removed, or changed
after it was closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from maia_hub.core.bookings import BookingState
from maia_hub.core.retention import FORMER, Forgotten
from maia_hub.store.alarm_tables import endangered
from maia_hub.store.class_tables import class_groups, class_members, class_staff, classes
from maia_hub.store.entry_tables import visits
from maia_hub.store.feed_tables import feeds
from maia_hub.store.outward_tables import contacts, letters
from maia_hub.store.queue_tables import waiters
from maia_hub.store.series_tables import series
from maia_hub.store.share_tables import tool_shares, tool_words
from maia_hub.store.tables import (
    bookings,
    events,
    leases,
    metadata,
    notices,
    pods,
    servers,
    web_sessions,
)
from maia_hub.store.template_tables import templates
from maia_hub.store.types import UtcDateTime
from maia_hub.store.wish_tables import wishes

retentions = Table(
    "retentions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("at", UtcDateTime, nullable=False),
    Column("cutoff", UtcDateTime, nullable=False),
    Column("closed", UtcDateTime),
    CheckConstraint("cutoff < at", name="cutoff"),
    sqlite_autoincrement=True,
)
Index("ix_events_at", events.c.at)


@dataclass(frozen=True)
class Retention:
    """Removes, or takes the names from, what is older than a moment."""

    connection: Connection

    def forget(self, before: datetime, now: datetime, most: int) -> Forgotten:
        """Forget what was over before a moment, at most so many events at once; what is not over is kept."""
        opened = self.connection.execute(insert(retentions).values(at=now, cutoff=before))
        number = opened.inserted_primary_key[0] if opened.inserted_primary_key else 0
        forgotten = Forgotten(
            bookings=self._unname(bookings, bookings.c.ended_at < before, note=""),
            leases=self._leases(before),
            events=self._events(before, most),
            wishes=self._gone(wishes, wishes.c.ended < before),
            notices=self._notices(before),
            letters=self._gone(letters, letters.c.made < before),
            servers=self._gone(
                servers,
                servers.c.since < before,
                servers.c.state == "stopped",
                servers.c.stopping.is_(None),
            ),
            sign_ins=self._gone(web_sessions, web_sessions.c.expires < before),
            contacts=self._gone(contacts, *_without_trace(contacts)),
            feeds=self._gone(feeds, feeds.c.renewed < before, *_without_trace(feeds)),
        )
        self._gone(visits, visits.c.last < before)
        self._repeated(before)
        self._taught(before)
        self._shared(before)
        self.connection.execute(update(retentions).where(retentions.c.id == number).values(closed=now))
        return forgotten

    def _repeated(self, before: datetime) -> None:
        """Let series without a named booking, and templates of those of whom nothing else is known, go the same way."""
        named = exists().where(bookings.c.series == series.c.id, bookings.c.user != FORMER)
        self._unname(series, (series.c.created < before) & ~named)
        self._gone(templates, templates.c.created < before, *_without_trace(templates))

    def _taught(self, before: datetime) -> None:
        """Let classes go that are over, with all who were in them."""
        group, of = class_groups.c.id, class_groups.c["class"]
        named = select(of).join(bookings, bookings.c.class_group == group).where(bookings.c.user != FORMER)
        over = select(classes.c.id).where(classes.c.created < before, classes.c.id.not_in(named))
        groups = select(group).where(of.in_(over))
        self.connection.execute(
            update(bookings).where(bookings.c.class_group.in_(groups)).values(class_group=None)
        )
        ids = list(self.connection.scalars(over))
        for table in (class_members, class_groups, class_staff):
            self._gone(table, table.c["class"].in_(ids))
        self._gone(classes, classes.c.id.in_(ids))

    def _shared(self, before: datetime) -> None:
        """Let tools go that are shared no more, and the words of those that nobody shares."""
        self._gone(tool_shares, or_(tool_shares.c.until < before, tool_shares.c.revoked < before))
        same = [tool_shares.c[name] == tool_words.c[name] for name in ("owner", "server", "tool")]
        self._gone(tool_words, tool_words.c.since < before, ~exists().where(*same))

    def _unname(self, table: Table, over: Any, **values: str) -> int:
        query = update(table).where(over, table.c.user != FORMER).values(user=FORMER, **values)
        return self.connection.execute(query).rowcount

    def _leases(self, before: datetime) -> int:
        over = leases.c.released < before
        self._gone(pods, pods.c.lease.in_(select(leases.c.id).where(over, leases.c.user != FORMER)))
        return self._unname(leases, over, server="")

    def _events(self, before: datetime, most: int) -> int:
        there = select(bookings.c.id).where(bookings.c.state != BookingState.ENDED.value)
        kept: Sequence[str] = [str(each) for each in self.connection.scalars(there)]
        old = (
            select(events.c.id)
            .where(events.c.at < before, events.c.subject.not_in(kept))
            .order_by(events.c.id)
            .limit(most)
        )
        return self._gone(events, events.c.id.in_(old))

    def _notices(self, before: datetime) -> int:
        needed = (
            exists().where(endangered.c.notice == notices.c.id),
            exists().where(waiters.c.notice == notices.c.id),
            exists().where(wishes.c.notice == notices.c.id),
        )
        return self._gone(notices, notices.c.at < before, ~or_(*needed))

    def _gone(self, table: Table, *over: Any) -> int:
        return self.connection.execute(delete(table).where(*over)).rowcount


def _without_trace(table: Table) -> list[Any]:
    """Return what is true of people of whom nothing else is known any more."""
    by_user = (bookings, wishes, leases, servers, notices, web_sessions, events)
    return [
        *(~exists().where(each.c.user == table.c.user) for each in by_user),
        ~exists().where(events.c.actor == table.c.user),
    ]
