"""What raw SQL tries on SQLite alone: rows that are replaced, and values of another kind than the column's."""

from __future__ import annotations

import pytest

from tests.store.raw import Refused, SqliteRaw, at, book, insert, lease
from tests.store.test_events import ROW


def test_an_event_cannot_be_replaced(sqlite_db: SqliteRaw) -> None:
    insert(sqlite_db, "events", ROW)
    with pytest.raises(Refused, match="append-only"):
        insert(sqlite_db, "events", {"id": 1, **ROW, "actor": "eve"}, "INSERT OR REPLACE")
    assert sqlite_db.count("SELECT count(*) FROM events WHERE actor = 'ada'") == 1


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT"])
def test_a_holder_cannot_be_replaced(sqlite_db: SqliteRaw, verb: str) -> None:
    lease(sqlite_db, ["a0"])
    other = lease(sqlite_db, [])
    with pytest.raises(Refused):
        insert(sqlite_db, "lease_gpus", {"lease": other, "gpu": "a0", "live": True}, verb)
    assert sqlite_db.count("SELECT count(*) FROM lease_gpus") == 1


@pytest.mark.parametrize("column", ["since", "until"])
def test_a_moment_of_a_lease_in_another_form_is_refused_because_it_would_not_compare(
    sqlite_db: SqliteRaw, column: str
) -> None:
    with pytest.raises(Refused, match="moment"):
        lease(sqlite_db, ["a0"], book(sqlite_db, 0, 2), **{column: "0"})


def test_replacing_a_row_does_not_get_round_it(sqlite_db: SqliteRaw) -> None:
    first = book(sqlite_db, 0, 2)
    book(sqlite_db, 0, 2)
    row = {"id": first, "user": "ada", "pool": "p", "node": "a", "gpus": 2, "starts_at": at(0)}
    row |= {"ends_at": at(2), "state": "confirmed", "created": at(0), "note": ""}
    with pytest.raises(Refused, match="overbooked"):
        insert(sqlite_db, "bookings", row, "INSERT OR REPLACE")


@pytest.mark.parametrize("number", ["two", 0.5])
def test_a_number_of_gpus_that_would_not_add_up_is_refused(sqlite_db: SqliteRaw, number: object) -> None:
    outage = {"node": "a", "starts_at": at(1), "ends_at": at(2), "gpus": number, "reason": "fan"}
    for table, row in (("outages", outage), ("nodes", {"id": "c", "pool": "p", "capacity": number})):
        with pytest.raises(Refused, match="whole number"):
            insert(sqlite_db, table, row)
    fine = book(sqlite_db, 0, 1)
    with pytest.raises(Refused, match="whole number"):
        sqlite_db.execute("UPDATE bookings SET gpus = ? WHERE id = ?", number, fine)


@pytest.mark.parametrize("form", ["2026-03-02T12:00:00+00:00", "2026-03-02 12:00:00", "soon", 1772452800])
def test_a_moment_in_another_form_is_refused_because_it_would_not_compare(
    sqlite_db: SqliteRaw, form: object
) -> None:
    with pytest.raises(Refused, match="moment"):
        book(sqlite_db, 0, 1, starts_at=form)
    fine = book(sqlite_db, 0, 1)
    with pytest.raises(Refused, match="moment"):
        sqlite_db.execute("UPDATE bookings SET ends_at = ? WHERE id = ?", form, fine)


def test_a_booking_is_not_replaced_from_under_its_lease(sqlite_db: SqliteRaw) -> None:
    lease(sqlite_db, ["a0", "a1"], book(sqlite_db, 0, 2, gpus=2))
    columns = 'id, "user", pool, node, {}, starts_at, ends_at, state, created, note'
    with pytest.raises(Refused, match="exceed"):
        sqlite_db.execute(
            f"INSERT OR REPLACE INTO bookings ({columns.format('gpus')}) SELECT {columns.format(1)} FROM bookings"
        )
