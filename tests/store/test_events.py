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


def test_events_go_only_while_something_is_forgotten_and_only_so_old_ones(db: Raw) -> None:
    for hours in (0, 5):
        insert(db, "events", {**ROW, "at": at(hours)})
    insert(db, "retentions", {"at": at(9), "cutoff": at(3), "closed": None})
    with pytest.raises(Refused, match="append-only"):
        db.execute("DELETE FROM events")
    db.execute("DELETE FROM events WHERE id IN (SELECT min(id) FROM events)")
    with pytest.raises(Refused, match="append-only"):
        db.execute("UPDATE events SET actor = 'eve'")
    db.execute("UPDATE retentions SET closed = at")
    with pytest.raises(Refused, match="append-only"):
        db.execute("DELETE FROM events")
    assert db.count("SELECT count(*) FROM events") == 1


def test_that_something_was_forgotten_stays(db: Raw) -> None:
    insert(db, "retentions", {"at": at(9), "cutoff": at(3), "closed": at(9)})
    for attempt in (
        "DELETE FROM retentions",
        "UPDATE retentions SET closed = NULL",
        "UPDATE retentions SET cutoff = at",
    ):
        with pytest.raises(Refused):
            db.execute(attempt)
    with pytest.raises(Refused):
        insert(db, "retentions", {"at": at(9), "cutoff": at(9), "closed": None})
