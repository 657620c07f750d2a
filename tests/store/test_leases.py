"""A GPU has one live holder, and the leases of a booking never exceed it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.store.raw import at, book, count, database, execute, insert, lease


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return database(tmp_path)


def test_a_gpu_that_is_held_cannot_be_held_again(path: Path) -> None:
    lease(path, ["a0"])
    with pytest.raises(sqlite3.IntegrityError):
        lease(path, ["a0"])


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT"])
def test_a_holder_cannot_be_replaced(path: Path, verb: str) -> None:
    lease(path, ["a0"])
    other = lease(path, [])
    with pytest.raises(sqlite3.IntegrityError):
        insert(path, "lease_gpus", {"lease": other, "gpu": "a0", "live": True}, verb)
    assert count(path, "SELECT count(*) FROM lease_gpus") == 1


def test_a_released_gpu_can_be_held_again(path: Path) -> None:
    first = lease(path, ["a0"])
    execute(path, "UPDATE leases SET released = ?, ended_by = 'stopped' WHERE id = ?", at(1), first)
    execute(path, "UPDATE lease_gpus SET live = 0 WHERE lease = ?", first)
    lease(path, ["a0"])


def test_a_gpu_is_not_free_while_its_lease_is_not_released(path: Path) -> None:
    first = lease(path, ["a0"])
    with pytest.raises(sqlite3.IntegrityError, match="lease"):
        execute(path, "UPDATE lease_gpus SET live = 0 WHERE lease = ?", first)
    with pytest.raises(sqlite3.IntegrityError, match="lease"):
        execute(path, "DELETE FROM lease_gpus WHERE lease = ?", first)


def test_a_gpu_is_never_held_without_its_being_counted(path: Path) -> None:
    unreleased = lease(path, [])
    with pytest.raises(sqlite3.IntegrityError, match="is held"):
        insert(path, "lease_gpus", {"lease": unreleased, "gpu": "a0", "live": False})


def test_a_released_lease_does_not_come_back_beside_the_next_holder(path: Path) -> None:
    first = lease(path, ["a0"])
    execute(path, "UPDATE leases SET released = ?, ended_by = 'stopped' WHERE id = ?", at(1), first)
    execute(path, "UPDATE lease_gpus SET live = 0 WHERE lease = ?", first)
    lease(path, ["a0"])
    other = lease(path, ["a1"])
    with pytest.raises(sqlite3.IntegrityError, match="stays released"):
        execute(path, "UPDATE leases SET released = NULL, ended_by = NULL WHERE id = ?", first)
    with pytest.raises(sqlite3.IntegrityError, match="is held"):
        execute(path, "UPDATE lease_gpus SET lease = ? WHERE lease = ?", other, first)


def test_leases_cannot_hold_more_gpus_than_the_booking(path: Path) -> None:
    booking = book(path, 0, 2)
    lease(path, ["a0"], booking)
    with pytest.raises(sqlite3.IntegrityError, match="exceed"):
        lease(path, ["a1"], booking)


def test_a_lease_cannot_be_moved_under_a_full_booking(path: Path) -> None:
    booking = book(path, 0, 2)
    lease(path, ["a0"], booking)
    lent = lease(path, ["a1"])
    with pytest.raises(sqlite3.IntegrityError, match="exceed"):
        execute(path, "UPDATE leases SET kind='booked', until=?, booking=? WHERE id=?", at(1), booking, lent)


def test_a_lease_cannot_outlive_its_booking(path: Path) -> None:
    booking = book(path, 0, 2)
    held = lease(path, ["a0"], booking)
    for until in (at(2.5), None):
        with pytest.raises(sqlite3.IntegrityError, match="exceed"):
            execute(path, "UPDATE leases SET until = ? WHERE id = ?", until, held)
    execute(path, "UPDATE leases SET until = ? WHERE id = ?", at(2), held)


def test_a_lease_does_not_begin_before_its_booking(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="exceed"):
        lease(path, ["a0"], book(path, 0, 2), since=at(-1))


@pytest.mark.parametrize("booking", ["0" * 32, None])
def test_a_lease_stands_on_a_booking_that_was_confirmed(path: Path, booking: str | None) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="exceed"):
        lease(path, ["a0"], booking or book(path, 0, 2, state="requested"))


@pytest.mark.parametrize("column", ["since", "until"])
def test_a_moment_of_a_lease_in_another_form_is_refused_because_it_would_not_compare(
    path: Path, column: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="moment"):
        lease(path, ["a0"], book(path, 0, 2), **{column: "0"})


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE bookings SET starts_at = '{at(1)}'",
        "UPDATE bookings SET gpus = 1",
        "UPDATE bookings SET node = 'b'",
        "UPDATE bookings SET id = 'another'",
        "UPDATE bookings SET state = 'requested'",
        "DELETE FROM bookings",
        "INSERT OR REPLACE INTO bookings"
        ' (id, "user", pool, node, gpus, starts_at, ends_at, state, created, note)'
        ' SELECT id, "user", pool, node, 1, starts_at, ends_at, state, created, note FROM bookings',
    ],
)
def test_a_booking_is_not_taken_away_from_under_its_lease(path: Path, change: str) -> None:
    lease(path, ["a0", "a1"], book(path, 0, 2, gpus=2))
    with pytest.raises(sqlite3.IntegrityError, match="exceed"):
        execute(path, change)


def test_a_lease_lies_on_the_node_of_its_booking_and_of_its_gpus(path: Path) -> None:
    booking = book(path, 0, 2)
    with pytest.raises(sqlite3.IntegrityError, match="exceed"):
        lease(path, ["b0"], booking, node="b")
    with pytest.raises(sqlite3.IntegrityError, match="node"):
        lease(path, ["b0"], booking, node="a")
