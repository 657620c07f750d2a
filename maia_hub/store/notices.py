"""Messages to users, kept until dismissed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from maia_hub.core.ids import BookingId, ServerName, UserName
from maia_hub.store.tables import notices


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A message to a user about a server, or a ``booking``; ``id`` is 0 until it is stored."""

    user: UserName
    server: ServerName
    at: datetime
    kind: str
    title: str
    message: str
    id: int = 0
    dismissed: bool = False
    booking: BookingId | None = None


@dataclass(frozen=True)
class Notices:
    """The messages of everybody."""

    connection: Connection

    def add(self, notice: Notice, *, beside: bool = False) -> int:
        """Store a message and return its id; an open one of the same kind about the same server makes way for it.

        With ``beside`` none makes way: each speaks of something else.
        """
        if not beside:
            self.connection.execute(
                update(notices)
                .where(
                    notices.c.user == notice.user,
                    notices.c.server == notice.server,
                    notices.c.kind == notice.kind,
                )
                .values(dismissed=True)
            )
        done = self.connection.execute(
            insert(notices).values(
                user=notice.user,
                server=notice.server,
                at=notice.at,
                kind=notice.kind,
                title=notice.title,
                message=notice.message,
                booking=notice.booking,
                dismissed=False,
            )
        )
        return int(done.inserted_primary_key[0]) if done.inserted_primary_key else 0

    def open(self, user: UserName) -> list[Notice]:
        """Return the user's messages that were not dismissed, the newest first."""
        query = (
            select(notices).where(notices.c.user == user, ~notices.c.dismissed).order_by(notices.c.id.desc())
        )
        return [_notice_of(row) for row in self.connection.execute(query)]

    def last(self) -> int:
        """Return the id of the last message; 0 if there is none."""
        return self.connection.execute(select(func.max(notices.c.id))).scalar() or 0

    def after(self, last: int, limit: int) -> list[Notice]:
        """Return the messages after the one with that id, the oldest first, dismissed ones too."""
        query = select(notices).where(notices.c.id > last).order_by(notices.c.id).limit(limit)
        return [_notice_of(row) for row in self.connection.execute(query)]

    def withdraw(self, user: UserName, kind: str) -> None:
        """Take back the user's messages of a kind, for what they offer is over."""
        self.connection.execute(
            update(notices).where(notices.c.user == user, notices.c.kind == kind).values(dismissed=True)
        )

    def dismiss_copies(self, notice_id: int) -> None:
        """Dismiss a message about a booking, and the same one to others."""
        of, kind, at = (
            select(notices.c[name]).where(notices.c.id == notice_id).scalar_subquery()
            for name in ("booking", "kind", "at")
        )
        copies = (notices.c.booking == of, notices.c.kind == kind, notices.c.at == at)
        self.connection.execute(update(notices).where(*copies).values(dismissed=True))

    def dismiss(self, user: UserName, notice_id: int) -> bool:
        """Dismiss one of the user's messages; return whether there was one."""
        done = self.connection.execute(
            update(notices).where(notices.c.user == user, notices.c.id == notice_id).values(dismissed=True)
        )
        return done.rowcount > 0


def _notice_of(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        user=UserName(row.user),
        server=ServerName(row.server),
        at=row.at,
        kind=row.kind,
        title=row.title,
        message=row.message,
        dismissed=row.dismissed,
        booking=BookingId(row.booking) if row.booking else None,
    )
