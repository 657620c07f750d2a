"""The append-only record of decisions: the audit log and, in the order of commits, the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select

from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId, UserName
from maia_hub.store.marks import Ids, Marks, newest_first
from maia_hub.store.searching import EVERYTHING, Search, bits_needed, conditions
from maia_hub.store.tables import events


@dataclass(frozen=True, kw_only=True)
class Event:
    """One decision: who did what to what, when and why; ``user`` is whom it concerns. ``id`` is 0 before."""

    at: datetime
    actor: str
    action: str
    subject: str
    user: UserName
    reason: str = ""
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    project: ProjectId = DEFAULT_PROJECT
    id: int = 0


BACKUP_MADE = "backup.made"
"""The action of a backup that was made by a schedule; its subject is the name of the file."""

_SLACK = timedelta(minutes=1)
_ROOM = 1000


@dataclass(frozen=True)
class Change:
    """How often something was changed after it was made, and when it was last."""

    times: int
    at: datetime


_ADD = insert(events)
_AT_ONCE = 500  # subjects in one question: databases limit how many values one may have


@dataclass(frozen=True)
class Events:
    """The events of the cluster; ``added`` are the ids of those that this transaction wrote.

    ``numbers`` are ids that were set aside for it; without any the database numbers what it adds.
    """

    connection: Connection
    added: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def add(self, event: Event) -> Event:
        """Append an event; return it with its id."""
        values = {
            "at": event.at,
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "user": event.user,
            "reason": event.reason,
            "before": dict(event.before) if event.before is not None else None,
            "after": dict(event.after) if event.after is not None else None,
            "project": event.project,
        }
        written = replace(event, id=self._insert(values))
        self.added.append(written.id)
        return written

    def _insert(self, values: dict[str, Any]) -> int:
        if self.numbers:
            number = self.numbers.pop(0)
            self.connection.execute(_ADD, {"id": number, **values})
            return number
        done = self.connection.execute(_ADD, values)
        return int(done.inserted_primary_key[0]) if done.inserted_primary_key else 0

    def latest(self, prefixes: tuple[str, ...]) -> int:
        """Return the id of the latest event whose action begins with one of the prefixes; 0 if none."""
        conditions = [events.c.action.startswith(prefix) for prefix in prefixes]
        return self.connection.execute(select(func.max(events.c.id)).where(or_(*conditions))).scalar() or 0

    def last(self) -> int:
        """Return the id of the last event; 0 if there is none."""
        return self.connection.execute(select(func.max(events.c.id))).scalar() or 0

    def after(self, last: int, limit: int = 500) -> list[Event]:
        """Return the events that were committed after the one with that id, the oldest first."""
        return self._all(select(events).where(events.c.id > last).order_by(events.c.id).limit(limit))

    def first(self) -> int:
        """Return the id of the first event that is kept; 0 if there is none."""
        return self.connection.execute(select(func.min(events.c.id))).scalar() or 0

    def about(self, user: str, last: int, limit: int) -> list[Event]:
        """Return the events about a user that were committed after the one with that id, the oldest first."""
        newer = select(events).where(events.c.id > last, events.c.user == user)
        return self._all(newer.order_by(events.c.id).limit(limit))

    def last_at(self, action: str) -> datetime | None:
        """Return when an action was last; None if it never was."""
        query = select(events.c.at).where(events.c.action == action).order_by(events.c.id.desc()).limit(1)
        found: datetime | None = self.connection.scalar(query)
        return found

    def has(self, action: str, subject: str) -> bool:
        """Tell whether ``subject`` already saw ``action``."""
        query = select(events.c.id).where(events.c.action == action, events.c.subject == subject).limit(1)
        return self.connection.execute(query).first() is not None

    def changes(self, subjects: Sequence[str]) -> dict[str, Change]:
        """Return of each of these subjects how often and when it was changed."""
        found = {}
        for first in range(0, len(subjects), _AT_ONCE):
            query = (
                select(events.c.subject, func.count(), func.max(events.c.at))
                .where(events.c.subject.in_(subjects[first : first + _AT_ONCE]))
                .group_by(events.c.subject)
            )
            for subject, count, at in self.connection.execute(query):
                found[subject] = Change(count - 1, at)
        return found

    def page(
        self, *, before: int | None = None, limit: int = 100, search: Search = EVERYTHING
    ) -> list[Event]:
        """Return events that are searched for, the newest first.

        A text, or the beginning of an id, is looked for where `maia_hub.store.marks` say that it may be.
        """
        low, high = self._within(search)
        within = low, min(high, before - 1) if before is not None else high
        found: list[Event] = []
        needed = bits_needed(search)
        # No mark knows a text of one or two letters: it is looked for in all events, the newest first.
        unmarked = search.text is not None and not needed
        places = newest_first(within) if unmarked else Marks(self.connection).where(needed, within)
        for ids in places:
            found += self._among(ids, limit - len(found), search)
            if len(found) >= limit:
                break
        return found

    def _among(self, ids: Sequence[Ids], limit: int, search: Search) -> list[Event]:
        """Return events with these ids. A person is looked for as the actor and as whom it concerns, each by its index.

        Of several ranges all is read: in the order of ids a database would go through what lies between them, too.
        """
        if not ids:
            return []
        order = events.c.id if len(ids) == 1 else events.c.id + 0
        there = or_(*(events.c.id.between(*each) for each in ids))
        query = select(events).where(there, *conditions(search)).order_by(order.desc()).limit(limit)
        if search.user is None:
            return self._all(query)
        found = {
            event.id: event
            for column in (events.c.user, events.c.actor)
            for event in self._all(query.where(column == search.user))
        }
        return [found[number] for number in sorted(found, reverse=True)[:limit]]

    def _within(self, search: Search) -> Ids:
        """Return the ids that a time stands for, with some room: a clock may have been behind another one's."""
        low, high = 0, self.last()
        if search.until is not None:
            last = select(events.c.id).where(events.c.at < search.until + _SLACK).order_by(events.c.at.desc())
            high = min(high, (self.connection.scalar(last.limit(1)) or 0) + _ROOM)
        if search.since is not None:
            first = select(events.c.id).where(events.c.at >= search.since - _SLACK).order_by(events.c.at)
            low = max(low, (self.connection.scalar(first.limit(1)) or 0) - _ROOM)
        return low, high

    def _all(self, query: Any) -> list[Event]:
        return [
            Event(
                id=row.id,
                at=row.at,
                actor=row.actor,
                action=row.action,
                subject=row.subject,
                user=UserName(row.user),
                reason=row.reason,
                before=row.before,
                after=row.after,
                project=ProjectId(row.project),
            )
            for row in self.connection.execute(query)
        ]
