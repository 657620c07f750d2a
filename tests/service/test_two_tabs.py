"""Two who edit the same booking: the second is told what the first one did, and undoes it only if she wants to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import ChangedMeanwhile, Forbidden, NotFound
from tests.service.conftest import Running, ask

HOUR = timedelta(hours=1)


def test_the_second_change_of_one_version_is_refused_and_says_what_the_first_one_did(
    service: Running,
) -> None:
    alice = service.client("alice")
    seen = alice.book(ask(service))
    first = alice.change(seen.id, m.BookingChange(end=seen.end + HOUR, note="mine"), seen.etag)
    assert first.etag != seen.etag
    with pytest.raises(ChangedMeanwhile, match="its end, its note") as caught:
        alice.change(seen.id, m.BookingChange(end=seen.end - HOUR / 2), seen.etag)
    assert caught.value.details["changes"] == [
        {"field": "end", "was": seen.end.isoformat(), "now": first.end.isoformat()},
        {"field": "note", "was": "", "now": ""},
    ]
    assert alice.booking(seen.id) == alice.change(seen.id, m.BookingChange(), first.etag)


@pytest.mark.parametrize("act", ["extend", "cancel", "change", "hand-over"])
def test_every_edit_can_name_the_version_it_is_of(service: Running, act: str) -> None:
    alice = service.client("alice")
    seen = alice.book(ask(service))
    alice.change(seen.id, m.BookingChange(note="another"))
    edits: dict[str, Callable[[], object]] = {
        "extend": lambda: alice.extend(seen.id, seen.end + HOUR, seen.etag),
        "cancel": lambda: alice.cancel(seen.id, seen.etag),
        "hand-over": lambda: alice.hand_over(seen.id, "bob", seen.etag),
        "change": lambda: alice.change(seen.id, m.BookingChange(note="mine"), seen.etag),
    }
    with pytest.raises(ChangedMeanwhile):
        edits[act]()
    now = alice.booking(seen.id)
    assert (now.note, now.end, now.state) == ("another", seen.end, "confirmed")
    assert alice.extend(seen.id, seen.end + HOUR / 2, now.etag).end == seen.end + HOUR / 2


def test_a_running_booking_that_was_released_is_not_released_again(service: Running) -> None:
    alice = service.client("alice")
    seen = alice.book(ask(service, start=service.clock(), minutes=30))
    alice.release(seen.id, seen.etag)
    with pytest.raises(ChangedMeanwhile, match="it has ended"):
        alice.release(seen.id, seen.etag)


def test_whoever_names_no_version_changes_whatever_is_there(service: Running) -> None:
    alice = service.client("alice")
    seen = alice.book(ask(service))
    for note in ("a", "b"):
        assert alice.change(seen.id, m.BookingChange(note=note)).note == note
    assert alice.change(seen.id, m.BookingChange(note="c"), "*").note == "c"


def test_what_changes_by_itself_makes_no_version_stale(service: Running) -> None:
    alice = service.client("alice")
    seen = alice.book(ask(service, start=service.clock(), minutes=30))
    assert isinstance(service.spawner().grant(m.GrantRequest(user="alice", choice="booked")), m.Grant)
    assert alice.booking(seen.id).state == "active"
    assert alice.change(seen.id, m.BookingChange(note="mine"), seen.etag).note == "mine"


def test_every_answer_with_a_booking_names_its_version(service: Running) -> None:
    alice = service.client("alice")
    booked = alice.book(ask(service))
    api = service.raw(service.token("alice"))
    one = api.get(f"bookings/{booked.id}")
    changed = api.patch(f"bookings/{booked.id}", json={"note": "x"})
    again = api.post("bookings", json=ask(service, start=booked.end + HOUR).model_dump(mode="json"))
    for answer in (one, changed, again):
        assert answer.headers["etag"] == answer.json()["etag"]
    assert one.headers["etag"] == booked.etag
    assert {b.etag for b in alice.bookings()} == {changed.headers["etag"], again.headers["etag"]}


@pytest.mark.parametrize(
    ("match", "status"),
    [('W/"{}"', 412), ('"x"', 412), ('"x", "{}"', 200), ("{}", 422), ("", 422), ('"{}" "x"', 422)],
)
def test_a_list_of_versions_is_read_as_http_says(service: Running, match: str, status: int) -> None:
    booked = service.client("alice").book(ask(service))
    api = service.raw(service.token("alice"), **{"If-Match": match.format(booked.etag.strip('"'))})
    answer = api.patch(f"bookings/{booked.id}", json={"note": "x"})
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_anothers_or_not_there_is_told_as_before(service: Running) -> None:
    seen = service.client("alice").book(ask(service))
    with pytest.raises(Forbidden):
        service.client("mallory").change(seen.id, m.BookingChange(note="x"), '"x"')
    with pytest.raises(NotFound):
        service.client("alice").change(uuid4(), m.BookingChange(), seen.etag)
