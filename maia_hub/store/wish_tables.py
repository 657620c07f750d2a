"""The tables of the waiting list."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

wishes = Table(
    "wishes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("project", String(63), nullable=False, server_default="default"),
    Column("user", String(255), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("pool", ForeignKey("pools.id"), nullable=False),
    Column("gpus", Integer, CheckConstraint("gpus > 0", name="gpus"), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("starts_from", UtcDateTime, nullable=False),
    Column("first_end", UtcDateTime, nullable=False),
    Column("latest_start", UtcDateTime, nullable=False),
    Column("ends_by", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("note", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("used", Integer, nullable=False),
    Column("ranked", UtcDateTime, nullable=False),
    Column("look_at", UtcDateTime),
    Column("booking", ForeignKey("bookings.id")),
    Column("offered_until", UtcDateTime),
    Column("notice", ForeignKey("notices.id")),
    Column("ended", UtcDateTime),
    CheckConstraint("starts_from <= latest_start AND first_end <= ends_by", name="window"),
    CheckConstraint(
        "state IN ('waiting', 'offered', 'served', 'declined', 'lapsed', 'passed', 'withdrawn')", name="state"
    ),
    CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name="offer"),
    CheckConstraint("(state IN ('offered', 'served')) = (booking IS NOT NULL)", name="booking"),
    CheckConstraint("(state IN ('waiting', 'offered')) = (ended IS NULL)", name="ended"),
)
_WAITING, _OPEN = text("state = 'waiting'"), text("ended IS NULL")
Index("uq_wishes_booking", wishes.c.booking, unique=True)
Index("ix_wishes_user", wishes.c.user, wishes.c.since)
Index(
    "ix_wishes_turn",
    wishes.c.pool,
    wishes.c.used,
    wishes.c.since,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index("ix_wishes_age", wishes.c.pool, wishes.c.since, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index("ix_wishes_latest_start", wishes.c.latest_start, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index("ix_wishes_look_at", wishes.c.look_at, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index("ix_wishes_ranked", wishes.c.ranked, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index("ix_wishes_offered_until", wishes.c.offered_until, sqlite_where=_OPEN, postgresql_where=_OPEN)

keeps = Table(
    "keeps",
    metadata,
    Column("outage", ForeignKey("outages.id", ondelete="CASCADE"), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("wish", ForeignKey("wishes.id"), nullable=False),
    Column("begins", UtcDateTime, nullable=False),
)
"""Of outages those that are none: what is kept free for a wish that has waited longest."""
Index("ix_keeps_wish", keeps.c.wish)
