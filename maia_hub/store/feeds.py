"""Calendar feeds: the digest of the key in their address, never the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, select

from maia_hub.core.feeds import Feed, FeedKind
from maia_hub.core.ids import UserName
from maia_hub.store.feed_tables import feeds
from maia_hub.store.upsert import upsert


@dataclass(frozen=True)
class Feeds:
    """The feeds of everybody."""

    connection: Connection

    def get(self, feed_id: UUID) -> Feed | None:
        """Return a feed, or None."""
        row = self.connection.execute(select(feeds).where(feeds.c.id == feed_id)).one_or_none()
        return _feed_of(row) if row else None

    def of_user(self, user: UserName) -> list[Feed]:
        """Return a user's feeds, the oldest first."""
        query = select(feeds).where(feeds.c.user == user).order_by(feeds.c.created, feeds.c.id)
        return [_feed_of(row) for row in self.connection.execute(query)]

    def put(self, feed: Feed) -> None:
        """Write a feed, new or changed."""
        values = {
            "user": feed.user,
            "kind": feed.kind.value,
            "of": feed.of,
            "digest": feed.digest,
            "created": feed.created,
            "renewed": feed.renewed,
        }
        upsert(self.connection, feeds, {"id": feed.id}, values)

    def delete(self, feed_id: UUID) -> None:
        """Forget a feed: its address leads nowhere from now on."""
        self.connection.execute(delete(feeds).where(feeds.c.id == feed_id))


def _feed_of(row: Row[Any]) -> Feed:
    return Feed(
        id=row.id,
        user=UserName(row.user),
        kind=FeedKind(row.kind),
        of=row.of,
        digest=row.digest,
        created=row.created,
        renewed=row.renewed,
    )
