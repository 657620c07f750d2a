"""A real database file with one node of two GPUs, and raw SQL on it, past all of our code."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4

from maia_hub.store import upgrade

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


def database(folder: Path, *, capacity: int = 2) -> Path:
    """Make a database with nodes “a” and “b” of one pool."""
    path = folder / "maia.db"
    upgrade(f"sqlite:///{path}")
    execute(path, "INSERT INTO pools (id, product, resource, simulated) VALUES ('p', 'A6000', 'gpu', 0)")
    for node in ("a", "b"):
        execute(path, "INSERT INTO nodes (id, pool, capacity) VALUES (?, 'p', ?)", node, capacity)
        for n in range(capacity):
            execute(
                path,
                "INSERT INTO gpus (id, node, position, product, memory, simulated, present)"
                " VALUES (?, ?, ?, 'A6000', 1, 0, 1)",
                f"{node}{n}",
                node,
                n,
            )
    return path


def execute(path: Path, sql: str, *values: object) -> None:
    """Run one statement as any program could: no foreign keys, none of our checks."""
    with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
        connection.execute(sql, values)


def count(path: Path, sql: str, *values: object) -> int:
    """Return the number that a query answers."""
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        return int(connection.execute(sql, values).fetchone()[0])


def at(hours: float) -> str:
    """Return the moment so many hours after noon as the database keeps it."""
    return f"{NOON + timedelta(hours=hours):%Y-%m-%d %H:%M:%S.%f}"


def book(path: Path, start: float, end: float, gpus: int = 1, node: str = "a", **other: object) -> str:
    """Insert a confirmed booking by raw SQL; return its id."""
    row: dict[str, object] = {
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
    insert(path, "bookings", row)
    return str(row["id"])


def lease(path: Path, gpus: list[str], booking: str | None = None, node: str = "a", **other: object) -> str:
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
    insert(path, "leases", row)
    for gpu in gpus:
        insert(path, "lease_gpus", {"lease": row["id"], "gpu": gpu, "live": True})
    return str(row["id"])


def insert(path: Path, table: str, row: dict[str, object], verb: str = "INSERT") -> None:
    """Insert a row by raw SQL."""
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    execute(path, f"{verb} INTO {table} ({names}) VALUES ({marks})", *row.values())
