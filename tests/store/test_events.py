"""The audit log grows at its end and nowhere else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.store.raw import at, count, database, execute, insert

ROW = {
    "at": at(0),
    "actor": "ada",
    "action": "booking.confirmed",
    "subject": "x",
    "user": "ada",
    "reason": "",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = database(tmp_path)
    insert(made, "events", dict(ROW))
    return made


def test_an_event_cannot_be_changed(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        execute(path, "UPDATE events SET actor = 'eve'")


def test_an_event_cannot_be_deleted(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        execute(path, "DELETE FROM events")


def test_an_event_cannot_be_replaced(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        insert(path, "events", {"id": 1, **ROW, "actor": "eve"}, "INSERT OR REPLACE")
    assert count(path, "SELECT count(*) FROM events WHERE actor = 'ada'") == 1
