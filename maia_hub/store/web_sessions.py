"""Sign-ins of browsers: the digest of a cookie, never the cookie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from maia_hub.core.ids import UserName
from maia_hub.store.tables import web_sessions
from maia_hub.store.upsert import upsert


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


@dataclass(frozen=True)
class WebSessions:
    """The sign-ins that are kept."""

    connection: Connection

    def get(self, digest: str) -> WebSession | None:
        """Return a sign-in, or None."""
        row = self.connection.execute(
            select(web_sessions).where(web_sessions.c.digest == digest)
        ).one_or_none()
        if row is None:
            return None
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
