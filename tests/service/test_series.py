"""Series over HTTP: previewed, booked once, shown everywhere, cancelled; and in calendar programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar

from maia_hub.client.models import FeedRequest, SeriesRequest
from maia_hub.core.errors import Forbidden, InvalidInput, NotFound, Refused
from tests.service.conftest import Running, ask

ZONE = ZoneInfo("Europe/Stockholm")


def weekly(service: Running, **more: Any) -> SeriesRequest:
    """Ask for an hour a week, five times, from tomorrow noon there."""
    start = (
        (service.clock() + timedelta(days=1))
        .astimezone(ZONE)
        .replace(hour=12, minute=0, second=0, microsecond=0)
    )
    first = ask(service).model_dump() | {"start": start, "end": start + timedelta(hours=1)}
    asked = {**first, "rule": "FREQ=WEEKLY;COUNT=5", "zone": "Europe/Stockholm", **more}
    return SeriesRequest.model_validate(asked)


def test_what_is_previewed_is_booked_and_listed(service: Running) -> None:
    alice, wish = service.client("alice"), weekly(service)
    preview = alice.check_series(wish)
    assert [each.verdict.allowed for each in preview.dates] == [True] * 5
    assert alice.bookings(state=["confirmed"]) == []
    made = alice.book_series(wish)
    assert [(b.start, b.end) for b in made.bookings] == [(each.start, each.end) for each in preview.dates]
    assert {b.start.astimezone(ZONE).hour for b in made.bookings} == {12}
    assert {b.series for b in alice.state().bookings} == {made.id}
    assert alice.all_series() == [made] == [alice.series(made.id)]


def test_a_taken_date_is_told_with_the_next_free_slot_and_left_out_if_wished(service: Running) -> None:
    wish = weekly(service)
    second = {"start": wish.start + timedelta(weeks=1), "end": wish.end + timedelta(weeks=1), "gpus": 2}
    service.client("bob").book(ask(service).model_copy(update=second))
    alice = service.client("alice")
    dates = alice.check_series(wish).dates
    assert [each.verdict.allowed for each in dates] == [True, False, True, True, True]
    assert dates[1].verdict.next_free is not None
    assert [refusal.rule for refusal in dates[1].verdict.refusals] == ["overbooked"]
    with pytest.raises(Refused) as told:
        alice.book_series(wish)
    assert "1 of 5 dates" in str(told.value)
    made = alice.book_series(wish.model_copy(update={"partly": True}))
    assert (len(made.bookings), [each.start for each in made.missing]) == (4, [dates[1].start])


def test_a_repeated_request_books_one_series(service: Running) -> None:
    browser = service.raw(service.token("alice"), **{"Idempotency-Key": "once"})
    body = weekly(service).model_dump(mode="json")
    first, again = (browser.post("series", json=body) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert len(service.client("alice").bookings(state=["confirmed"])) == 5


def test_a_part_of_it_is_cancelled_by_its_owner_alone(service: Running) -> None:
    alice = service.client("alice")
    made = alice.book_series(weekly(service))
    with pytest.raises(Forbidden):
        service.client("bob").cancel_series(made.id)
    left = alice.cancel_series(made.id, made.bookings[1].id)
    assert [b.state for b in left.bookings] == ["confirmed", *["ended"] * 4]
    with pytest.raises(NotFound):
        alice.series(made.bookings[0].id)


@pytest.mark.parametrize("wrong", [{"rule": "FREQ=HOURLY;COUNT=2"}, {"zone": "Nowhere"}, {"gpus": 99}])
def test_what_can_never_be_is_refused_as_a_whole(service: Running, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        service.client("alice").check_series(weekly(service, **wrong))


def test_calendar_programs_see_what_belongs_together(service: Running) -> None:
    alice = service.client("alice")
    made = alice.book_series(weekly(service))
    feed, parts = alice.add_feed(FeedRequest()), urlsplit(service.url)
    text = httpx.get(f"{parts.scheme}://{parts.netloc}{feed.path}").content
    events = Calendar.from_ical(text).events
    assert {str(event["refid"]) for event in events} == {str(made.id)}
    assert [event.start for event in events] == [booking.start for booking in made.bookings]
