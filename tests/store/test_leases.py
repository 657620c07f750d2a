"""A GPU has one live holder, and the leases of a booking never exceed it."""

from __future__ import annotations

import pytest

from tests.store.raw import Raw, Refused, at, book, insert, lease


def test_a_gpu_that_is_held_cannot_be_held_again(db: Raw) -> None:
    lease(db, ["a0"])
    with pytest.raises(Refused):
        lease(db, ["a0"])


def test_a_released_gpu_can_be_held_again(db: Raw) -> None:
    first = lease(db, ["a0"])
    db.execute("UPDATE leases SET released = ?, ended_by = 'stopped' WHERE id = ?", at(1), first)
    db.execute("UPDATE lease_gpus SET live = FALSE WHERE lease = ?", first)
    lease(db, ["a0"])


def test_a_gpu_is_not_free_while_its_lease_is_not_released(db: Raw) -> None:
    first = lease(db, ["a0"])
    with pytest.raises(Refused, match="lease"):
        db.execute("UPDATE lease_gpus SET live = FALSE WHERE lease = ?", first)
    with pytest.raises(Refused, match="lease"):
        db.execute("DELETE FROM lease_gpus WHERE lease = ?", first)


def test_a_gpu_is_never_held_without_its_being_counted(db: Raw) -> None:
    unreleased = lease(db, [])
    with pytest.raises(Refused, match="is held"):
        insert(db, "lease_gpus", {"lease": unreleased, "gpu": "a0", "live": False})


def test_a_released_lease_does_not_come_back_beside_the_next_holder(db: Raw) -> None:
    first = lease(db, ["a0"])
    db.execute("UPDATE leases SET released = ?, ended_by = 'stopped' WHERE id = ?", at(1), first)
    db.execute("UPDATE lease_gpus SET live = FALSE WHERE lease = ?", first)
    lease(db, ["a0"])
    other = lease(db, ["a1"])
    with pytest.raises(Refused, match="stays released"):
        db.execute("UPDATE leases SET released = NULL, ended_by = NULL WHERE id = ?", first)
    with pytest.raises(Refused, match="is held"):
        db.execute("UPDATE lease_gpus SET lease = ? WHERE lease = ?", other, first)


def test_leases_cannot_hold_more_gpus_than_the_booking(db: Raw) -> None:
    booking = book(db, 0, 2)
    lease(db, ["a0"], booking)
    with pytest.raises(Refused, match="exceed"):
        lease(db, ["a1"], booking)


def test_a_lease_cannot_be_moved_under_a_full_booking(db: Raw) -> None:
    booking = book(db, 0, 2)
    lease(db, ["a0"], booking)
    lent = lease(db, ["a1"])
    with pytest.raises(Refused, match="exceed"):
        db.execute("UPDATE leases SET kind='booked', until=?, booking=? WHERE id=?", at(1), booking, lent)


def test_a_lease_cannot_outlive_its_booking(db: Raw) -> None:
    booking = book(db, 0, 2)
    held = lease(db, ["a0"], booking)
    for until in (at(2.5), None):
        with pytest.raises(Refused, match="exceed"):
            db.execute("UPDATE leases SET until = ? WHERE id = ?", until, held)
    db.execute("UPDATE leases SET until = ? WHERE id = ?", at(2), held)


def test_a_lease_does_not_begin_before_its_booking(db: Raw) -> None:
    with pytest.raises(Refused, match="exceed"):
        lease(db, ["a0"], book(db, 0, 2), since=at(-1))


@pytest.mark.parametrize("booking", ["0" * 32, None])
def test_a_lease_stands_on_a_booking_that_was_confirmed(db: Raw, booking: str | None) -> None:
    with pytest.raises(Refused, match=r"exceed|foreign key"):
        lease(db, ["a0"], booking or book(db, 0, 2, state="requested"))


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE bookings SET starts_at = '{at(1)}'",
        "UPDATE bookings SET gpus = 1",
        "UPDATE bookings SET node = 'b'",
        f"UPDATE bookings SET id = '{'5' * 32}'",
        "UPDATE bookings SET state = 'requested'",
        "DELETE FROM bookings",
    ],
)
def test_a_booking_is_not_taken_away_from_under_its_lease(db: Raw, change: str) -> None:
    lease(db, ["a0", "a1"], book(db, 0, 2, gpus=2))
    with pytest.raises(Refused, match=r"exceed|foreign key"):
        db.execute(change)


def test_a_lease_lies_on_the_node_of_its_booking_and_of_its_gpus(db: Raw) -> None:
    booking = book(db, 0, 2)
    with pytest.raises(Refused, match="exceed"):
        lease(db, ["b0"], booking, node="b")
    with pytest.raises(Refused, match="node"):
        lease(db, ["b0"], booking, node="a")
