"""The table of those who wait for an idle GPU."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

waiters = Table(
    "waiters",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("project", String(63), nullable=False, server_default="default"),
    Column("user", String(255), nullable=False),
    Column("server", String(63), nullable=False),
    Column("pool", ForeignKey("pools.id"), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("gpu", ForeignKey("gpus.id")),
    Column("offered_until", UtcDateTime),
    Column("accepted", UtcDateTime),
    Column("notice", ForeignKey("notices.id")),
    CheckConstraint("(gpu IS NULL) = (offered_until IS NULL)", name="offer"),
    CheckConstraint("accepted IS NULL OR gpu IS NOT NULL", name="accepted"),
    sqlite_autoincrement=True,
)
Index("uq_waiters_user_pool", waiters.c.user, waiters.c.pool, unique=True)
Index(
    "uq_waiters_gpu",
    waiters.c.gpu,
    unique=True,
    sqlite_where=text("gpu IS NOT NULL"),
    postgresql_where=text("gpu IS NOT NULL"),
)
