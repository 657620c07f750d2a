"""A page of bookings begins after the last one of the page before, on either database."""

from __future__ import annotations

from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.ids import BookingId
from maia_hub.desk import Page
from tests.desk.office import ADA, BEN, EVE, Office


def test_pages_put_together_are_the_whole_list_even_where_several_begin_at_once(office: Office) -> None:
    for start in (0, 60, 120):
        office.book(ADA, start, start + 60)
        office.book(BEN, start, start + 60)
    office.book(EVE, 180, 181)
    whole = sorted(office.desk.bookings(ADA, office.now), key=lambda each: (each.interval.start, each.id))
    for size in (1, 2, 3, 7, 8):
        found: list[Booking] = []
        while page := office.desk.bookings(ADA, office.now, page=Page(size, _after(found))):
            assert len(page) <= size
            found += page
        assert found == whole


def _after(found: list[Booking]) -> tuple[datetime, BookingId] | None:
    return (found[-1].interval.start, found[-1].id) if found else None
