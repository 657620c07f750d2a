"""The table of calendar feeds, and what finds the changes of what they show."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, String, Table, Uuid

from maia_hub.store.tables import events, metadata
from maia_hub.store.types import UtcDateTime

feeds = Table(
    "feeds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("user", String(255), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("of", String(63), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("renewed", UtcDateTime, nullable=False),
    CheckConstraint("kind IN ('own', 'pool', 'project')", name="kind"),
)
Index("uq_feeds_user_kind_of", feeds.c.user, feeds.c.kind, feeds.c.of, unique=True)
Index("ix_events_subject", events.c.subject)
