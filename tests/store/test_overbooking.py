"""Nobody can overbook a node, not even by raw SQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.store.raw import at, book, count, database, execute, insert


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return database(tmp_path)


def test_a_third_booking_on_two_gpus_is_refused(path: Path) -> None:
    book(path, 0, 2)
    book(path, 0, 2)
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        book(path, 1, 3)
    assert count(path, "SELECT count(*) FROM bookings") == 2


def test_bookings_that_only_touch_are_allowed(path: Path) -> None:
    book(path, 0, 1, gpus=2)
    book(path, 1, 2, gpus=2)
    book(path, -1, 0, gpus=2)


def test_two_that_overlap_a_third_one_apart_do_not_add_up(path: Path) -> None:
    book(path, 0, 1)
    book(path, 2, 3)
    book(path, 0, 3)
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        book(path, 0.5, 2.5)


def test_a_peak_in_the_middle_is_seen(path: Path) -> None:
    book(path, 1, 2, gpus=2)
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        book(path, 0, 3)


def test_an_outage_counts_as_taken(path: Path) -> None:
    insert(
        path,
        "outages",
        {"node": "a", "starts_at": at(1), "ends_at": at(2), "gpus": 1, "reason": "fan"},
    )
    book(path, 0, 3)
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        book(path, 0, 3)
    book(path, 2, 3)


@pytest.mark.parametrize(
    "change",
    [
        f"starts_at = '{at(0)}'",
        "gpus = 2, starts_at = '" + at(1.5) + "'",
        f"starts_at = '{at(1)}', ends_at = '{at(1.5)}'",
    ],
)
def test_an_update_that_would_overbook_is_refused(path: Path, change: str) -> None:
    book(path, 0, 2, gpus=1)
    book(path, 0, 2, gpus=1)
    later = book(path, 2, 4)
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        execute(path, f"UPDATE bookings SET {change} WHERE id = ?", later)


def test_moving_to_a_full_node_is_refused(path: Path) -> None:
    book(path, 0, 2, gpus=2, node="a")
    other = book(path, 0, 2, node="b")
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        execute(path, "UPDATE bookings SET node = 'a' WHERE id = ?", other)


def test_an_ended_booking_cannot_be_brought_back_over_another(path: Path) -> None:
    first = book(path, 0, 2, gpus=2)
    execute(
        path, "UPDATE bookings SET state='ended', cause='cancelled', ended_at=? WHERE id=?", at(-1), first
    )
    book(path, 0, 2, gpus=2)
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        execute(path, "UPDATE bookings SET state='confirmed', cause=NULL, ended_at=NULL WHERE id=?", first)


def test_a_released_booking_still_holds_its_gpus_until_its_end(path: Path) -> None:
    first = book(path, 0, 4, gpus=2)
    execute(path, "UPDATE bookings SET state='ended', cause='released', ended_at=? WHERE id=?", at(2), first)
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        book(path, 1, 3)
    book(path, 2, 4, gpus=2)


def test_shortening_is_allowed_even_where_a_card_broke_under_bookings(path: Path) -> None:
    first = book(path, 0, 4, gpus=2)
    insert(path, "outages", {"node": "a", "starts_at": at(0), "ends_at": at(9), "gpus": 1, "reason": "fan"})
    execute(path, "UPDATE bookings SET ends_at = ? WHERE id = ?", at(3), first)
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        execute(path, "UPDATE bookings SET ends_at = ? WHERE id = ?", at(5), first)


def test_a_node_that_does_not_exist_has_no_gpus(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        book(path, 0, 1, node="nowhere")


def test_a_node_has_no_gpus_for_another_pool(path: Path) -> None:
    execute(path, "INSERT INTO pools (id, product, resource, simulated) VALUES ('q', 'B', 'gpu', 0)")
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        book(path, 0, 1, pool="q")


def test_replacing_a_row_does_not_get_round_it(path: Path) -> None:
    first = book(path, 0, 2)
    book(path, 0, 2)
    row = {"id": first, "user": "ada", "pool": "p", "node": "a", "gpus": 2, "starts_at": at(0)}
    row |= {"ends_at": at(2), "state": "confirmed", "created": at(0), "note": ""}
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        insert(path, "bookings", row, "INSERT OR REPLACE")


def test_a_booking_that_has_not_ended_has_no_other_end_under_which_a_second_one_would_slip(
    path: Path,
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="exactly if it has ended"):
        book(path, 0, 2, gpus=2, state="active", ended_at=at(-1))
    fine = book(path, 0, 2, gpus=2)
    with pytest.raises(sqlite3.IntegrityError, match="exactly if it has ended"):
        execute(path, "UPDATE bookings SET ended_at = ? WHERE id = ?", at(1), fine)


@pytest.mark.parametrize("number", ["two", 0.5])
def test_a_number_of_gpus_that_would_not_add_up_is_refused(path: Path, number: object) -> None:
    outage = {"node": "a", "starts_at": at(1), "ends_at": at(2), "gpus": number, "reason": "fan"}
    for table, row in (("outages", outage), ("nodes", {"id": "c", "pool": "p", "capacity": number})):
        with pytest.raises(sqlite3.IntegrityError, match="whole number"):
            insert(path, table, row)
    fine = book(path, 0, 1)
    with pytest.raises(sqlite3.IntegrityError, match="whole number"):
        execute(path, "UPDATE bookings SET gpus = ? WHERE id = ?", number, fine)


@pytest.mark.parametrize("form", ["2026-03-02T12:00:00+00:00", "2026-03-02 12:00:00", "soon", 1772452800])
def test_a_moment_in_another_form_is_refused_because_it_would_not_compare(path: Path, form: object) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="moment"):
        book(path, 0, 1, starts_at=form)
    fine = book(path, 0, 1)
    with pytest.raises(sqlite3.IntegrityError, match="moment"):
        execute(path, "UPDATE bookings SET ends_at = ? WHERE id = ?", form, fine)
