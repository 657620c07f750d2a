"""A real database with two nodes of two GPUs each, and raw SQL on it, past all of our code."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import URL, make_url

from maia_hub.store import upgrade
from tests.postgres.server import Server

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
Refused = (sqlite3.IntegrityError, psycopg.IntegrityError)
"""What a database raises that refuses a statement for what it would break."""


class Raw(ABC):
    """A database as any other program could use it: each statement is a transaction of its own."""

    def __init__(self, url: URL) -> None:
        self.url = url

    @abstractmethod
    def execute(self, sql: str, *values: object) -> None:
        """Run one statement; a question mark stands for a value."""

    @abstractmethod
    def count(self, sql: str, *values: object) -> int:
        """Return the number that a query answers."""

    def close(self) -> None:  # noqa: B027 a file is opened anew for each statement
        """Close what was opened."""


class SqliteRaw(Raw):
    """A file: no foreign keys, none of our checks."""

    @property
    def path(self) -> Path:
        """The file."""
        assert self.url.database
        return Path(self.url.database)

    def execute(self, sql: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.execute(sql, values)

    def count(self, sql: str, *values: object) -> int:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection:
            return int(connection.execute(sql, values).fetchone()[0])


class PostgresqlRaw(Raw):
    """A database of a server."""

    @cached_property
    def _connection(self) -> psycopg.Connection[Any]:
        return self.connect()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """Connect as any program could."""
        where = self.url.translate_connect_args(username="user", database="dbname")
        return psycopg.connect(**where, **{"autocommit": True, "options": "-c timezone=UTC", **options})

    def execute(self, sql: str, *values: object) -> None:
        self._connection.execute(sql.replace("?", "%s").encode(), values)

    def count(self, sql: str, *values: object) -> int:
        row = self._connection.execute(sql.replace("?", "%s").encode(), values).fetchone()
        assert row
        return int(row[0])


def opened(url: str | URL) -> Raw:
    """Return raw access to a database that is there."""
    url = make_url(url)
    return SqliteRaw(url) if url.get_backend_name() == "sqlite" else PostgresqlRaw(url)


def sqlite_database(folder: Path, *, capacity: int = 2) -> SqliteRaw:
    """Make a file with nodes “a” and “b” of one pool."""
    made = SqliteRaw(make_url(f"sqlite:///{folder}/maia.db"))
    upgrade(made.url)
    fill(made, capacity)
    return made


def postgresql_database(server: Server, *, capacity: int = 2) -> PostgresqlRaw:
    """Make a database with nodes “a” and “b” of one pool."""
    made = PostgresqlRaw(server.database())
    fill(made, capacity)
    return made


def fill(db: Raw, capacity: int = 2) -> None:
    """Make nodes “a” and “b” of one pool."""
    db.execute("INSERT INTO pools (id, product, resource, simulated) VALUES ('p', 'A6000', 'gpu', FALSE)")
    for node in ("a", "b"):
        db.execute("INSERT INTO nodes (id, pool, capacity) VALUES (?, 'p', ?)", node, capacity)
        for n in range(capacity):
            db.execute(
                "INSERT INTO gpus (id, node, position, product, memory, simulated, present)"
                " VALUES (?, ?, ?, 'A6000', 1, FALSE, TRUE)",
                f"{node}{n}",
                node,
                n,
            )


def at(hours: float) -> str:
    """Return the moment so many hours after noon, in UTC, as SQLite keeps it and PostgreSQL reads it."""
    return f"{NOON + timedelta(hours=hours):%Y-%m-%d %H:%M:%S.%f}"


def booking(start: float, end: float, gpus: int = 1, node: str = "a", **other: object) -> dict[str, object]:
    """Return the row of a confirmed booking."""
    return {
        "id": uuid4().hex,
        "user": "ada",
        "pool": "p",
        "node": node,
        "gpus": gpus,
        "starts_at": at(start),
        "ends_at": at(end),
        "state": "confirmed",
        "created": at(0),
        "note": "",
        **other,
    }


def book(db: Raw, start: float, end: float, gpus: int = 1, node: str = "a", **other: object) -> str:
    """Insert a confirmed booking by raw SQL; return its id."""
    row = booking(start, end, gpus, node, **other)
    insert(db, "bookings", row)
    return str(row["id"])


def lease(db: Raw, gpus: list[str], booking: str | None = None, node: str = "a", **other: object) -> str:
    """Insert a live lease by raw SQL; return its id."""
    row: dict[str, object] = {
        "id": uuid4().hex,
        "kind": "booked" if booking else "opportunistic",
        "user": "ada",
        "server": "",
        "pool": "p",
        "node": node,
        "booking": booking,
        "since": at(0),
        "until": at(1) if booking else None,
        **other,
    }
    insert(db, "leases", row)
    for gpu in gpus:
        insert(db, "lease_gpus", {"lease": row["id"], "gpu": gpu, "live": True})
    return str(row["id"])


def insert(db: Raw, table: str, row: dict[str, object], verb: str = "INSERT") -> None:
    """Insert a row by raw SQL."""
    db.execute(insertion(table, row, verb), *row.values())


def insertion(table: str, row: dict[str, object], verb: str = "INSERT") -> str:
    """Return the statement that inserts a row."""
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    return f"{verb} INTO {table} ({names}) VALUES ({marks})"
