"""On which node a booking lies, and who makes room for it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.errors import InvalidInput, Overbooked
from maia_hub.core.gpus import Outage
from maia_hub.core.ids import UserName
from maia_hub.core.interval import Interval
from maia_hub.desk import Actor, Asked
from tests.desk.office import ADA, BEN, BOSS, EVE, Office, gpus

DAN = Actor(UserName("dan"))


def full_but_for_a_swap(office: Office) -> list[Booking]:
    """Fill two nodes so that a GPU from minute 240 to 480 is had only if two bookings change places."""
    return [
        office.book(ADA, 60, 300, gpus=2),
        office.book(BEN, 60, 240, gpus=1),
        office.book(EVE, 300, 360, gpus=1),
        office.book(BOSS, 300, 540, gpus=2),
    ]


def assert_two_changed_places(office: Office, before: list[Booking]) -> None:
    after = {b.id: b for b in office.desk.bookings(ADA, office.now)}
    one, other = (b for b in before if after[b.id].node != b.node)
    assert (after[one.id].node, after[other.id].node) == (other.node, one.node)
    assert {b.state for b in after.values()} == {BookingState.CONFIRMED}
    placed = [(e.actor, e.subject) for e in office.events if e.action == "booking.placed"]
    assert sorted(placed) == sorted(("platform", str(b.id)) for b in (one, other))


def test_two_bookings_change_places_where_neither_could_move_first(tmp_path: Path) -> None:
    office = Office(tmp_path, found=gpus(nodes=2, each=2))
    before = full_but_for_a_swap(office)
    wish = office.asked(240, 480)
    assert office.desk.check(DAN, wish, office.now).allowed
    assert office.desk.bookings(ADA, office.now) == before, "a check moves nothing"
    office.desk.book(DAN, wish, office.now)
    assert_two_changed_places(office, before)
    office.close()


def test_a_booking_that_is_moved_makes_others_make_room_too(tmp_path: Path) -> None:
    office = Office(tmp_path, found=gpus(nodes=2, each=2))
    before = full_but_for_a_swap(office)
    later = office.book(DAN, 600, 840)
    start, end = office.after(minutes=240), office.after(minutes=480)
    assert office.desk.change(DAN, later.id, start, end, None, office.now).interval.start == start
    assert_two_changed_places(office, before)
    office.close()


def test_nobody_makes_room_for_the_extension_of_a_booking_that_has_begun(tmp_path: Path) -> None:
    office = Office(tmp_path, found=gpus(nodes=2, each=1))
    running, next_one = office.book(ADA, 0, 60), office.book(BEN, 60, 90)
    assert running.node == next_one.node
    office.start(ADA)
    with pytest.raises(Overbooked):
        office.desk.extend(ADA, running.id, office.after(minutes=61), office.now)
    office.close()


def test_a_booking_can_be_shortened_whatever_has_broken_meanwhile(office: Office) -> None:
    running, coming = office.book(ADA, 0, 60, gpus=2), office.book(ADA, 70, 90, gpus=2)
    outage = Outage(running.node, Interval(office.now, office.after(minutes=90)), 1, "fan")
    office.desk.add_outage(BOSS, outage, office.now, despite_bookings=True)
    office.now += timedelta(minutes=1)
    for booking in (running, coming):
        end = booking.interval.end - timedelta(minutes=5)
        assert office.desk.change(ADA, booking.id, None, end, None, office.now).interval.end == end
    office.desk.sync_inventory(office.found[:1], office.now)
    end = office.after(minutes=30)
    assert office.desk.change(ADA, running.id, None, end, None, office.now).interval.end == end
    with pytest.raises(Overbooked):
        office.desk.extend(ADA, running.id, office.after(minutes=31), office.now)


def test_a_start_that_has_just_passed_is_now_for_a_move_as_for_a_booking(office: Office) -> None:
    booking = office.book(ADA, 10, 70, gpus=2)
    office.book(BEN, 0, 1, gpus=2)
    office.now = office.after(minutes=1, seconds=20)
    moved = office.desk.change(ADA, booking.id, office.after(seconds=30), None, None, office.now)
    assert moved.interval.start == office.now


def test_a_pool_whose_gpus_are_gone_is_not_meant_where_none_is_named(office: Office) -> None:
    office.desk.sync_inventory(gpus(product="H200"), office.now)
    assert office.book(ADA, 0, 60).pool == "h200"
    with pytest.raises(InvalidInput) as told:
        office.book(BEN, 0, 60, pool="a6000")
    assert told.value.allowed == ["h200"]


def test_another_pool_may_be_asked_for_in_the_place_of_a_booking(tmp_path: Path) -> None:
    office = Office(tmp_path, found=[*gpus(), *gpus(product="H200")])
    booking = office.book(ADA, 10, 70, pool="a6000")
    wish = Asked(interval=booking.interval, pool="h200")
    assert office.desk.check(ADA, wish, office.now, ignore=booking.id).node == "h200-0"
    office.close()
