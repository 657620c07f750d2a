"""Sign-ins of browsers: the digest of a cookie, never the cookie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from maia_hub.core.ids import UserName
from maia_hub.store.decisions import Question
from maia_hub.store.tables import web_sessions
from maia_hub.store.upsert import upsert

_KEPT = select(web_sessions).where(web_sessions.c.digest == bindparam("of"))


@dataclass(frozen=True, kw_only=True)
class WebSession:
    """One sign-in; ``seen`` is when the hub last confirmed it."""

    digest: str
    user: UserName
    admin: bool
    groups: tuple[str, ...]
    hub_token: str
    created: datetime
    seen: datetime
    expires: datetime


def kept(digest: str) -> Question:
    """Ask for a sign-in."""
    return _KEPT, {"of": digest}


def found_sign_in(rows: Sequence[Any]) -> WebSession | None:
    """Return the sign-in that `kept` asked for; None if there is none."""
    if not rows:
        return None
    (row,) = rows
    return WebSession(
        digest=row.digest,
        user=UserName(row.user),
        admin=row.admin,
        groups=tuple(row.groups),
        hub_token=row.hub_token,
        created=row.created,
        seen=row.seen,
        expires=row.expires,
    )


@dataclass(frozen=True)
class WebSessions:
    """The sign-ins that are kept."""

    connection: Connection

    def put(self, session: WebSession) -> None:
        """Keep a sign-in, new or changed, and forget those that are over."""
        self.connection.execute(delete(web_sessions).where(web_sessions.c.expires < session.seen))
        values = {
            "user": session.user,
            "admin": session.admin,
            "groups": list(session.groups),
            "hub_token": session.hub_token,
            "created": session.created,
            "seen": session.seen,
            "expires": session.expires,
        }
        upsert(self.connection, web_sessions, {"digest": session.digest}, values)

    def delete(self, digest: str) -> None:
        """Forget a sign-in."""
        self.connection.execute(delete(web_sessions).where(web_sessions.c.digest == digest))
