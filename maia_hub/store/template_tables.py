"""The table of wishes to book that people keep."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Uuid

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

templates = Table(
    "templates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("user", String(255), nullable=False),
    Column("name", String(63), nullable=False),
    Column("pool", String(63), nullable=False),
    Column("gpus", Integer, CheckConstraint("gpus > 0", name="gpus"), nullable=False),
    Column("seconds", Integer, CheckConstraint("seconds > 0", name="seconds"), nullable=False),
    Column("project", String(63)),
    Column("at", String(8)),
    Column("zone", String(63), nullable=False),
    Column("note", String(200), nullable=False),
    Column("created", UtcDateTime, nullable=False),
)
Index("uq_templates_user_name", templates.c.user, templates.c.name, unique=True)
