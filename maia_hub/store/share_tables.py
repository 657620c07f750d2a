"""The tables of tools that people share, and of the words by which workspaces know the door that leads guests."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Uuid

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

tool_shares = Table(
    "tool_shares",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("project", String(63), nullable=False, server_default="default"),
    Column("owner", String(255), nullable=False),
    Column("server", String(255), nullable=False),
    Column("tool", String(63), nullable=False),
    Column("guest", String(255), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("revoked", UtcDateTime),
)
Index("ix_tool_shares_owner", tool_shares.c.owner, tool_shares.c.until)
Index("ix_tool_shares_guest", tool_shares.c.guest, tool_shares.c.until)

tool_words = Table(
    "tool_words",
    metadata,
    Column("owner", String(255), primary_key=True),
    Column("server", String(255), primary_key=True),
    Column("tool", String(63), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("word", String(128), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)
