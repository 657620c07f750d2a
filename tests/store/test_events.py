"""The audit log grows at its end and nowhere else."""

from __future__ import annotations

import pytest

from tests.store.raw import Raw, Refused, at, insert

ROW: dict[str, object] = {
    "at": at(0),
    "actor": "ada",
    "action": "booking.confirmed",
    "subject": "x",
    "user": "ada",
    "reason": "",
}


def test_an_event_cannot_be_changed(db: Raw) -> None:
    insert(db, "events", ROW)
    with pytest.raises(Refused, match="append-only"):
        db.execute("UPDATE events SET actor = 'eve'")


def test_an_event_cannot_be_deleted(db: Raw) -> None:
    insert(db, "events", ROW)
    with pytest.raises(Refused, match="append-only"):
        db.execute("DELETE FROM events")


def test_a_change_of_the_rules_can_neither_be_changed_nor_deleted(db: Raw) -> None:
    row: dict[str, object] = {
        "kind": "policy",
        "project": "",
        "terms": "{}",
        "at": at(0),
        "by": "ada",
        "reason": "x",
    }
    insert(db, "amendments", row)
    for attempt in ("UPDATE amendments SET reason = 'y'", "DELETE FROM amendments"):
        with pytest.raises(Refused, match="append-only"):
            db.execute(attempt)
