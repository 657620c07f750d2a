"""The tables of what is wrong: nodes in trouble, and bookings that their nodes cannot keep."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

troubles = Table(
    "troubles",
    metadata,
    Column("node", ForeignKey("nodes.id"), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("reason", String(300), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("outage", ForeignKey("outages.id", ondelete="SET NULL")),
)

endangered = Table(
    "endangered",
    metadata,
    Column("booking", ForeignKey("bookings.id"), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("reason", String(300), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("told", UtcDateTime),
    Column("notice", ForeignKey("notices.id")),
)
