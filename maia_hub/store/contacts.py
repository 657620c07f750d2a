"""Whom to tell where, and about what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from maia_hub.core.ids import UserName
from maia_hub.core.notifying import Contact, Topic
from maia_hub.store.outward_tables import contacts
from maia_hub.store.upsert import upsert


@dataclass(frozen=True)
class Contacts:
    """The contacts of everybody."""

    connection: Connection

    def get(self, user: UserName) -> Contact:
        """Return a user's contact; one without an address if she has said nothing."""
        row = self.connection.execute(select(contacts).where(contacts.c.user == user)).one_or_none()
        return _contact_of(row) if row else Contact(user=user)

    def reachable(self) -> dict[UserName, Contact]:
        """Return who can be told something, by name."""
        query = select(contacts).where((contacts.c.address != "") | (contacts.c.hook != ""))
        return {contact.user: contact for contact in map(_contact_of, self.connection.execute(query))}

    def failing(self) -> int:
        """Return how many addresses and webhooks did not take the last message."""
        query = select(
            func.count().filter(contacts.c.problem != "") + func.count().filter(contacts.c.hook_problem != "")
        )
        return self.connection.execute(query).scalar() or 0

    def put(self, contact: Contact) -> None:
        """Write a contact, new or changed."""
        values = {
            "address": contact.address,
            "confirmed": contact.confirmed,
            "pending": contact.pending,
            "code": contact.code,
            "code_until": contact.code_until,
            "tries": contact.tries,
            "topics": sorted(topic.value for topic in contact.topics),
            "lead": int(contact.lead.total_seconds()),
            "zone": contact.zone,
            "problem": contact.problem[:300],
            "problem_since": contact.problem_since,
            "hook": contact.hook,
            "hook_problem": contact.hook_problem[:300],
        }
        upsert(self.connection, contacts, {"user": contact.user}, values)

    def delete(self, user: UserName) -> None:
        """Forget a contact with all that its owner had chosen."""
        self.connection.execute(delete(contacts).where(contacts.c.user == user))


def _contact_of(row: Row[Any]) -> Contact:
    known = {topic.value for topic in Topic}
    return Contact(
        user=UserName(row.user),
        address=row.address,
        confirmed=row.confirmed,
        pending=row.pending,
        code=row.code,
        code_until=row.code_until,
        tries=row.tries,
        topics=frozenset(Topic(name) for name in row.topics if name in known),
        lead=timedelta(seconds=row.lead),
        zone=row.zone,
        problem=row.problem,
        problem_since=row.problem_since,
        hook=row.hook,
        hook_problem=row.hook_problem,
    )
