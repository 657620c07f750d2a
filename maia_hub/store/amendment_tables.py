"""The table of what administrators changed of the rules; it only grows."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, String, Table

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

amendments = Table(
    "amendments",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("kind", String(16), nullable=False),
    Column("project", String(63), nullable=False),
    Column("terms", JSON(none_as_null=True)),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(255), nullable=False),
    Column("reason", String(200), nullable=False),
    CheckConstraint("kind IN ('policy', 'quotas')", name="kind"),
    CheckConstraint("kind = 'policy' OR project <> ''", name="project"),
    sqlite_autoincrement=True,
)
Index("ix_amendments_kind_project", amendments.c.kind, amendments.c.project, amendments.c.id)
