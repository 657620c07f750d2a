"""The table of what owners of bookings were asked or warned of, before something is done about it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

reminders = Table(
    "reminders",
    metadata,
    Column("booking", ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("at", UtcDateTime, nullable=False),
    Column("notice", Integer, nullable=False),
    Column("kept", UtcDateTime),
    CheckConstraint("kind IN ('unused', 'idle')", name="kind"),
)
