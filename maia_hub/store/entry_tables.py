"""The tables of who was let into whose servers by the platform, and of who was there."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, String, Table, Uuid

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

entries = Table(
    "entries",
    metadata,
    Column("user", String(255), primary_key=True),
    Column("server", String(255), primary_key=True),
    Column("visitor", String(255), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("project", String(63), nullable=False, server_default="default"),
    Column("class", Uuid, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("given", UtcDateTime),
    CheckConstraint('visitor <> "user"', name="visitor"),
)
Index("ix_entries_visitor", entries.c.visitor)

visits = Table(
    "visits",
    metadata,
    Column("user", String(255), primary_key=True),
    Column("server", String(255), primary_key=True),
    Column("visitor", String(255), primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("last", UtcDateTime, nullable=False),
    CheckConstraint("last >= since", name="order"),
)
Index("ix_visits_last", visits.c.last)
