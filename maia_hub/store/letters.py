"""What is to be sent, and what was."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from maia_hub.core.ids import UserName
from maia_hub.core.notifying import Letter
from maia_hub.store.outward_tables import cursors, letters
from maia_hub.store.upsert import upsert

Outcome = Literal["sent", "refused", "late"]


@dataclass(frozen=True)
class Letters:
    """The letters of everybody."""

    connection: Connection

    def add(self, letter: Letter) -> bool:
        """Put a letter on the pile; False if its owner was told of the same thing before."""
        if self.known(letter.user, [letter.key]):
            return False
        values = {
            "user": letter.user,
            "key": letter.key,
            "recipient": letter.to,
            "subject": letter.subject[:200],
            "body": letter.text,
            "made": letter.made,
            "due": letter.at,
            "until": letter.until,
            "tries": letter.tries,
            "outcome": "",
        }
        self.connection.execute(insert(letters).values(**values))
        return True

    def known(self, user: UserName, keys: Collection[str]) -> set[str]:
        """Return those of these keys of which the user was, or is to be, told."""
        query = select(letters.c.key).where(letters.c.user == user, letters.c.key.in_(list(keys)))
        return set(self.connection.execute(query).scalars())

    def due(self, now: datetime, limit: int, *, hooks: bool) -> list[Letter]:
        """Return what is to be sent now, by mail or to webhooks, the oldest first."""
        by_hook = letters.c.recipient.contains("://")
        query = (
            select(letters)
            .where(letters.c.done.is_(None), letters.c.due <= now, by_hook if hooks else ~by_hook)
            .order_by(letters.c.id)
            .limit(limit)
        )
        return [_letter_of(row) for row in self.connection.execute(query)]

    def next_due(self) -> datetime | None:
        """Return when something is to be sent next; None if nothing is."""
        return self.connection.execute(
            select(func.min(letters.c.due)).where(letters.c.done.is_(None))
        ).scalar()

    def waiting(self) -> int:
        """Return how many are still to be sent."""
        query = select(func.count()).select_from(letters).where(letters.c.done.is_(None))
        return self.connection.execute(query).scalar() or 0

    def since(self, user: UserName, key: str, moment: datetime) -> int:
        """Return how many letters whose key begins like that a user had since a moment."""
        query = (
            select(func.count())
            .select_from(letters)
            .where(letters.c.user == user, letters.c.key.startswith(key), letters.c.made > moment)
        )
        return self.connection.execute(query).scalar() or 0

    def again(self, letter_id: int, at: datetime) -> None:
        """Try a letter again then."""
        self.connection.execute(
            update(letters).where(letters.c.id == letter_id).values(due=at, tries=letters.c.tries + 1)
        )

    def done(self, letter_id: int, outcome: Outcome, now: datetime) -> None:
        """Take a letter off the pile; that it was there stays, what it said does not."""
        self.connection.execute(
            update(letters).where(letters.c.id == letter_id).values(done=now, outcome=outcome, body="")
        )

    def drop(self, user: UserName) -> None:
        """Take all of a user's letters off the pile: she wants none any more, or not there."""
        self.connection.execute(delete(letters).where(letters.c.user == user, letters.c.done.is_(None)))

    def forget(self, before: datetime) -> None:
        """Forget what was done with before that moment."""
        self.connection.execute(delete(letters).where(letters.c.done < before))

    def cursor(self, name: str) -> int | None:
        """Return up to where it was looked; None if never."""
        return self.connection.execute(select(cursors.c.last).where(cursors.c.name == name)).scalar()

    def move_cursor(self, name: str, last: int) -> None:
        """Note up to where it was looked."""
        upsert(self.connection, cursors, {"name": name}, {"last": last})


def _letter_of(row: Row[Any]) -> Letter:
    return Letter(
        id=row.id,
        user=UserName(row.user),
        key=row.key,
        to=row.recipient,
        subject=row.subject,
        text=row.body,
        made=row.made,
        at=row.due,
        until=row.until,
        tries=row.tries,
    )
