"""The tables of what leaves the house: whom to tell where, what is to be sent, and up to where it was looked."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text, text

from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime

contacts = Table(
    "contacts",
    metadata,
    Column("user", String(255), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("address", String(254), nullable=False),
    Column("confirmed", UtcDateTime),
    Column("pending", String(254), nullable=False),
    Column("code", String(64), nullable=False),
    Column("code_until", UtcDateTime),
    Column("tries", Integer, nullable=False),
    Column("topics", JSON, nullable=False),
    Column("lead", Integer, nullable=False),
    Column("zone", String(63), nullable=False),
    Column("problem", String(300), nullable=False),
    Column("problem_since", UtcDateTime),
    Column("hook", String(2000), nullable=False, server_default=""),
    Column("hook_problem", String(300), nullable=False, server_default=""),
)

letters = Table(
    "letters",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("user", String(255), nullable=False),
    Column("key", String(200), nullable=False),
    Column("recipient", String(2000), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("made", UtcDateTime, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("done", UtcDateTime),
    Column("outcome", String(16), nullable=False),
    sqlite_autoincrement=True,
)
Index("uq_letters_user_key", letters.c.user, letters.c.key, unique=True)
Index(
    "ix_letters_due",
    letters.c.due,
    sqlite_where=text("done IS NULL"),
    postgresql_where=text("done IS NULL"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("cluster", String(63), nullable=False, server_default="default"),
    Column("last", Integer, nullable=False),
)
