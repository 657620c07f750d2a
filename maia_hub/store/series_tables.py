"""The table of what bookings were made as parts of."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table, Uuid

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

series = Table(
    "series",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("project", String(63), nullable=False, server_default="default"),
    Column("user", String(255), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("zone", String(63), nullable=False),
    Column("skip", JSON, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)
Index("ix_series_user", series.c.user, series.c.created)
