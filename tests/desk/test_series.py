"""Bookings that repeat: all or those that are free, previewed, cancelled in part."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.bookings import BookingState
from maia_hub.core.errors import Forbidden, Refused
from maia_hub.core.policy import Policy
from maia_hub.desk import Repeated
from tests.desk.office import ADA, BEN, BOSS, Office

WEEK = 7 * 24 * 60


def weekly(office: Office, count: int = 4, gpus: int = 1, **more: object) -> Repeated:
    """Return the wish for an hour a week."""
    made = Repeated(asked=office.asked(60, 120, gpus), rule=f"FREQ=WEEKLY;COUNT={count}", zone="UTC")
    return replace(made, **more)  # type: ignore[arg-type]


def test_each_date_is_a_booking_of_the_series(office: Office) -> None:
    made = office.desk.book_series(ADA, weekly(office), office.now)
    found = office.desk.bookings(ADA, office.now, mine=True)
    assert [b.series for b in found] == [made.series.id] * 4
    assert {b.interval.start - office.after(minutes=60) for b in found} == {
        timedelta(weeks=n) for n in range(4)
    }
    assert [e.action for e in office.events if e.action.startswith("series")] == ["series.booked"]
    (listed,) = office.desk.all_series(ADA, office.now)
    assert listed.bookings == tuple(found) == office.desk.series(ADA, made.series.id, office.now).bookings


def test_all_or_nothing_names_every_date_that_cannot_be_had(office: Office) -> None:
    office.book(BEN, WEEK + 60, WEEK + 90, gpus=2)
    with pytest.raises(Refused) as told:
        office.desk.book_series(ADA, weekly(office), office.now)
    assert (told.value.given, len(office.desk.bookings(ADA, office.now, mine=True))) == (1, 0)
    assert "2026-03-09 13:00 UTC" in str(told.value.details["refusals"])


def test_those_that_are_free_are_booked_if_that_is_asked_for(office: Office) -> None:
    office.book(BEN, WEEK + 60, WEEK + 90, gpus=2)
    made = office.desk.book_series(ADA, weekly(office, partly=True), office.now)
    assert len(made.bookings) == 3
    (missing,) = made.missing
    assert missing.occurrence.interval.start == office.after(minutes=WEEK + 60)


def test_a_series_of_which_nothing_is_free_is_refused_even_so(office: Office) -> None:
    office.book(BEN, 60, 90, gpus=2)
    with pytest.raises(Refused):
        office.desk.book_series(ADA, weekly(office, count=1, partly=True), office.now)
    assert office.desk.all_series(ADA, office.now) == []


def test_a_preview_says_the_same_of_every_date_and_books_nothing(office: Office) -> None:
    office.book(BEN, WEEK + 60, WEEK + 90, gpus=2)
    before = list(office.events)
    found = office.desk.check_series(ADA, weekly(office), office.now)
    assert [each.error is None for each in found] == [True, False, True, True]
    assert office.desk.bookings(ADA, office.now, mine=True) == []
    assert office.events == before


def test_quotas_count_the_dates_before(tmp_path: Path) -> None:
    office = Office(tmp_path, policy=Policy(name="two", max_bookings=2, horizon=timedelta(days=90)))
    found = office.desk.check_series(ADA, weekly(office), office.now)
    assert [each.error is None for each in found] == [True, True, False, False]
    reasons = {r["rule"] for each in found if each.error for r in each.error.details["refusals"]}  # type: ignore[attr-defined]
    assert reasons == {"max-bookings"}
    office.close()


def test_one_this_and_following_or_all_are_cancelled(office: Office) -> None:
    made = office.desk.book_series(ADA, weekly(office, count=5), office.now)
    _, second, third, *_ = made.bookings
    left = office.desk.cancel_series(ADA, made.series.id, third.id, office.now)
    assert [b.live for b in left.bookings] == [True, True, False, False, False]
    with pytest.raises(Forbidden):
        office.desk.cancel_series(BEN, made.series.id, None, office.now)
    with pytest.raises(Forbidden):
        office.desk.cancel_series(BOSS, made.series.id, None, office.now)
    assert office.desk.series(BOSS, made.series.id, office.now).bookings == left.bookings
    office.desk.cancel_series(ADA, made.series.id, None, office.now)
    assert office.desk.all_series(ADA, office.now) == []
    again = office.desk.book(BEN, replace(office.asked(0, 1), interval=second.interval, gpus=2), office.now)
    assert again.live


def test_what_a_server_uses_is_left_when_the_rest_is_cancelled(office: Office) -> None:
    made = office.desk.book_series(ADA, weekly(office), office.now)
    office.go(minutes=61)
    office.start(ADA)
    left = office.desk.cancel_series(ADA, made.series.id, None, office.now)
    assert [b.state for b in left.bookings] == [BookingState.ACTIVE, *[BookingState.ENDED] * 3]


def test_what_was_handed_over_is_its_new_owners_and_no_part_of_the_series(office: Office) -> None:
    made = office.desk.book_series(ADA, weekly(office), office.now)
    taken = office.desk.hand_over(ADA, made.bookings[1].id, BEN, office.now)
    assert (taken.user, taken.series) == (BEN.user, None)
    left = office.desk.cancel_series(ADA, made.series.id, None, office.now)
    assert [b.live for b in left.bookings] == [False] * 3
    assert office.desk.booking(taken.id, office.now).live
