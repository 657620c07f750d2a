"""Nobody can overbook a node, not even by raw SQL."""

from __future__ import annotations

import pytest

from tests.store.raw import Raw, Refused, at, book, insert


def test_a_third_booking_on_two_gpus_is_refused(db: Raw) -> None:
    book(db, 0, 2)
    book(db, 0, 2)
    with pytest.raises(Refused, match="overbooked"):
        book(db, 1, 3)
    assert db.count("SELECT count(*) FROM bookings") == 2


def test_bookings_that_only_touch_are_allowed(db: Raw) -> None:
    book(db, 0, 1, gpus=2)
    book(db, 1, 2, gpus=2)
    book(db, -1, 0, gpus=2)


def test_two_that_overlap_a_third_one_apart_do_not_add_up(db: Raw) -> None:
    book(db, 0, 1)
    book(db, 2, 3)
    book(db, 0, 3)
    with pytest.raises(Refused, match="overbooked"):
        book(db, 0.5, 2.5)


def test_a_peak_in_the_middle_is_seen(db: Raw) -> None:
    book(db, 1, 2, gpus=2)
    with pytest.raises(Refused, match="overbooked"):
        book(db, 0, 3)


def test_an_outage_counts_as_taken(db: Raw) -> None:
    insert(
        db,
        "outages",
        {"node": "a", "starts_at": at(1), "ends_at": at(2), "gpus": 1, "reason": "fan"},
    )
    book(db, 0, 3)
    with pytest.raises(Refused, match="overbooked"):
        book(db, 0, 3)
    book(db, 2, 3)


@pytest.mark.parametrize(
    "change",
    [
        f"starts_at = '{at(0)}'",
        "gpus = 2, starts_at = '" + at(1.5) + "'",
        f"starts_at = '{at(1)}', ends_at = '{at(1.5)}'",
    ],
)
def test_an_update_that_would_overbook_is_refused(db: Raw, change: str) -> None:
    book(db, 0, 2, gpus=1)
    book(db, 0, 2, gpus=1)
    later = book(db, 2, 4)
    with pytest.raises(Refused, match="overbooked"):
        db.execute(f"UPDATE bookings SET {change} WHERE id = ?", later)


def test_moving_to_a_full_node_is_refused(db: Raw) -> None:
    book(db, 0, 2, gpus=2, node="a")
    other = book(db, 0, 2, node="b")
    with pytest.raises(Refused, match="overbooked"):
        db.execute("UPDATE bookings SET node = 'a' WHERE id = ?", other)


def test_an_ended_booking_cannot_be_brought_back_over_another(db: Raw) -> None:
    first = book(db, 0, 2, gpus=2)
    db.execute("UPDATE bookings SET state='ended', cause='cancelled', ended_at=? WHERE id=?", at(-1), first)
    book(db, 0, 2, gpus=2)
    with pytest.raises(Refused, match="overbooked"):
        db.execute("UPDATE bookings SET state='confirmed', cause=NULL, ended_at=NULL WHERE id=?", first)


def test_a_released_booking_still_holds_its_gpus_until_its_end(db: Raw) -> None:
    first = book(db, 0, 4, gpus=2)
    db.execute("UPDATE bookings SET state='ended', cause='released', ended_at=? WHERE id=?", at(2), first)
    with pytest.raises(Refused, match="overbooked"):
        book(db, 1, 3)
    book(db, 2, 4, gpus=2)


def test_shortening_is_allowed_even_where_a_card_broke_under_bookings(db: Raw) -> None:
    first = book(db, 0, 4, gpus=2)
    insert(db, "outages", {"node": "a", "starts_at": at(0), "ends_at": at(9), "gpus": 1, "reason": "fan"})
    db.execute("UPDATE bookings SET ends_at = ? WHERE id = ?", at(3), first)
    with pytest.raises(Refused, match="overbooked"):
        db.execute("UPDATE bookings SET ends_at = ? WHERE id = ?", at(5), first)


def test_a_node_that_does_not_exist_has_no_gpus(db: Raw) -> None:
    with pytest.raises(Refused, match=r"overbooked|foreign key"):
        book(db, 0, 1, node="nowhere")


def test_a_node_has_no_gpus_for_another_pool(db: Raw) -> None:
    db.execute("INSERT INTO pools (id, product, resource, simulated) VALUES ('q', 'B', 'gpu', FALSE)")
    with pytest.raises(Refused, match="overbooked"):
        book(db, 0, 1, pool="q")


def test_a_booking_that_has_not_ended_has_no_other_end_under_which_a_second_one_would_slip(
    db: Raw,
) -> None:
    with pytest.raises(Refused, match="exactly if it has ended"):
        book(db, 0, 2, gpus=2, state="active", ended_at=at(-1))
    fine = book(db, 0, 2, gpus=2)
    with pytest.raises(Refused, match="exactly if it has ended"):
        db.execute("UPDATE bookings SET ended_at = ? WHERE id = ?", at(1), fine)
