"""Input that cannot be accepted: each is a 4xx of the one shape, and nothing is booked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from maia_hub.core.errors import MaiaError
from tests.service.conftest import Running, ask

STOCKHOLM = ZoneInfo("Europe/Stockholm")
Body = dict[str, Any]


def _body(service: Running, **changes: Any) -> Body:
    return {**ask(service).model_dump(mode="json", exclude_none=True), **changes}


def _iso(service: Running, **later: float) -> str:
    return service.soon(**later).isoformat()


BAD: dict[str, tuple[Callable[[Running], Body], int]] = {
    "end before start": (lambda s: _body(s, start=_iso(s, hours=3), end=_iso(s, hours=2)), 422),
    "end at start": (lambda s: _body(s, start=_iso(s, hours=3), end=_iso(s, hours=3)), 422),
    "in the past": (lambda s: _body(s, start=_iso(s, hours=-3), end=_iso(s, hours=-2)), 409),
    "naive start": (lambda s: _body(s, start=_iso(s, hours=2).removesuffix("+00:00")), 422),
    "no time at all": (lambda s: _body(s, start="tomorrow"), 422),
    "a date alone": (lambda s: _body(s, start="2030-01-01"), 422),
    "an unknown zone": (lambda s: _body(s, start="2030-01-01T09:00:00 Mars/Olympus"), 422),
    "beyond every calendar": (lambda s: _body(s, end="9999-12-31T23:59:59-12:00"), 422),
    "before every calendar": (lambda s: _body(s, start="0001-01-01T00:00:00+12:00"), 422),
    "no GPU": (lambda s: _body(s, gpus=0), 422),
    "fewer than none": (lambda s: _body(s, gpus=-1), 422),
    "half a GPU": (lambda s: _body(s, gpus=0.5), 422),
    "more GPUs than a node has": (lambda s: _body(s, gpus=3), 422),
    "more GPUs than there are atoms": (lambda s: _body(s, gpus=10**30), 422),
    "an unknown pool": (lambda s: _body(s, pool="no-such-pool"), 422),
    "an unknown product": (lambda s: _body(s, pool=None, product="B9000"), 422),
    "a field that does not exist": (lambda s: _body(s, colour="red"), 422),
    "a note without end": (lambda s: _body(s, note="x" * 201), 422),
    "another's project": (lambda s: _body(s, project="secret"), 403),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_request_is_refused_in_words_and_books_nothing(service: Running, case: str) -> None:
    make, status = BAD[case]
    api = service.raw(service.token("alice"))
    answer = api.post("bookings", json=make(service))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail"} <= problem.keys()
    assert problem["status"] == answer.status_code
    assert api.get("bookings").json() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"start": NaN}', b"null"])
def test_a_body_that_is_no_booking_is_refused(service: Running, body: bytes) -> None:
    api = service.raw(service.token("alice"), **{"Content-Type": "application/json"})
    answer = api.post("bookings", content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_foreign_time_zone_is_understood_and_answered_in_utc(service: Running) -> None:
    start = service.soon(hours=5).astimezone(STOCKHOLM)
    booked = service.client("alice").book(ask(service, start=start, end=start + timedelta(hours=1)))
    assert booked.start == start
    assert booked.start.utcoffset() == timedelta(0)


def test_the_hour_that_clocks_repeat_is_two_different_hours(service: Running) -> None:
    first = datetime(2027, 10, 31, 2, 30, tzinfo=STOCKHOLM)
    service.move_to(first - timedelta(hours=6))
    alice = service.client("alice")
    booked = [
        alice.book(
            ask(service, gpus=2, start=moment, end=moment.astimezone(timezone.utc) + timedelta(hours=1))
        )
        for moment in (first, first.replace(fold=1))
    ]
    assert booked[1].start == booked[0].end


def test_a_booking_over_the_change_of_clocks_has_its_true_length(service: Running) -> None:
    start = datetime(2027, 3, 28, 1, 30, tzinfo=STOCKHOLM)
    end = datetime(2027, 3, 28, 3, 30, tzinfo=STOCKHOLM)
    service.move_to(start - timedelta(hours=2))
    booked = service.client("alice").book(ask(service, start=start, end=end))
    assert booked.end - booked.start == timedelta(hours=1)


def test_overlapping_ones_own_booking_with_the_last_gpus_is_refused(service: Running) -> None:
    alice = service.client("alice")
    alice.book(ask(service, gpus=2))
    with pytest.raises(MaiaError) as caught:
        alice.book(ask(service, gpus=1))
    assert caught.value.code in {"overbooked", "refused", "conflict"}
    assert len(alice.bookings()) == 1


def test_what_another_holds_cannot_be_booked_and_the_next_free_slot_is_named(service: Running) -> None:
    taken = service.client("bob").book(ask(service, gpus=2))
    verdict = service.client("alice").check(ask(service))
    assert not verdict.allowed
    assert verdict.next_free is not None
    assert verdict.next_free.start == taken.end


def test_an_id_that_is_none_is_refused(service: Running) -> None:
    assert service.raw(service.token("alice")).get("bookings/1%20or%201=1").status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?start=x&end=y",
        "?start=2030-01-01T00:00:00Z&end=2029-01-01T00:00:00Z",
        "?start=2000-01-01T00:00:00Z&end=2100-01-01T00:00:00Z",
    ],
)
def test_a_calendar_of_nonsense_is_refused(service: Running, query: str) -> None:
    assert service.raw(service.token("alice")).get(f"calendar{query}").status_code == 422


def test_a_clock_set_back_neither_ends_nor_doubles_a_booking(service: Running) -> None:
    alice = service.client("alice")
    booked = alice.book(ask(service, gpus=2))
    service.clock.shift -= timedelta(hours=3)
    assert alice.booking(booked.id).state == "confirmed"
    assert not service.client("bob").check(ask(service, start=booked.start, end=booked.end)).allowed
