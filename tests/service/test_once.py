"""A request with an `Idempotency-Key` that is sent again is answered again and not done again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from maia_hub.client import calls
from maia_hub.client import models as m
from maia_hub.service.once import HEADER, REPLAYED
from tests.service.conftest import SPAWNER_SECRET, Running, ask


def body(service: Running, **changes: Any) -> dict[str, Any]:
    """Return a wish to book, as JSON."""
    return ask(service, **changes).model_dump(mode="json", exclude_none=True)


def keyed(service: Running, user: str, key: str = "key-1") -> httpx.Client:
    """Return a bare client whose requests all bear one key."""
    return service.raw(service.token(user), **{HEADER: key})


def test_a_repeated_booking_is_answered_as_the_first_and_booked_once(service: Running) -> None:
    alice, wish = keyed(service, "alice"), body(service)
    first, again = (alice.post("bookings", json=wish) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["content-type"] == again.headers["content-type"]
    assert (first.headers.get(REPLAYED), again.headers.get(REPLAYED)) == (None, "true")
    assert len(service.client("alice").bookings()) == 1


def test_a_key_is_the_same_with_and_without_its_quotes(service: Running) -> None:
    wish = body(service)
    ids = {keyed(service, "alice", key).post("bookings", json=wish).json()["id"] for key in ("k", '"k"')}
    assert len(ids) == 1


def test_the_same_key_with_another_request_is_refused_and_nothing_is_done(service: Running) -> None:
    alice = keyed(service, "alice")
    booked = alice.post("bookings", json=body(service)).json()
    for answer in (
        alice.post("bookings", json=body(service, note="another")),
        alice.post("bookings?x=1", json=body(service)),
        alice.post(f"bookings/{booked['id']}/cancel"),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert "another request" in answer.json()["detail"]
    assert [b.state for b in service.client("alice").bookings()] == ["confirmed"]


def test_a_key_belongs_to_its_user(service: Running) -> None:
    wish = body(service)
    booked = [keyed(service, user).post("bookings", json=wish).json() for user in ("alice", "bob")]
    assert [b["user"] for b in booked] == ["alice", "bob"]


def test_a_key_lasts_as_long_as_the_setting_says(service: Running) -> None:
    alice, wish = keyed(service, "alice"), body(service, start=service.soon(hours=40))
    first = alice.post("bookings", json=wish).json()
    service.clock.shift += service.settings.answers_kept - timedelta(minutes=1)
    assert alice.post("bookings", json=wish).json() == first
    service.client("alice").cancel(first["id"])
    assert alice.post("bookings", json=wish).json()["state"] == "confirmed"
    service.clock.shift += timedelta(minutes=2)
    assert alice.post("bookings", json=wish).json()["id"] != first["id"]


def test_what_was_refused_may_be_tried_again_with_the_same_key(service: Running) -> None:
    start = service.soon()
    wish = body(service, gpus=2, start=start)
    taken = service.client("bob").book(ask(service, gpus=2, start=start))
    alice = keyed(service, "alice")
    assert alice.post("bookings", json=wish).status_code == 409
    service.client("bob").cancel(taken.id)
    assert alice.post("bookings", json=wish).status_code == 201


def test_what_ends_without_a_body_is_repeated_without_one(service: Running) -> None:
    grant = service.spawner().grant(m.GrantRequest(user="alice"))
    assert isinstance(grant, m.Grant)
    spawner = service.raw(SPAWNER_SECRET, **{HEADER: "ended"})
    answers = [spawner.post(f"spawner/grants/{grant.id}/ended", json={}) for _ in range(2)]
    assert [(a.status_code, a.content) for a in answers] == [(204, b""), (204, b"")]
    assert answers[1].headers[REPLAYED] == "true"


@pytest.mark.parametrize("key", ["", "two words", "x" * 201, '"', "schlüssel"])
def test_a_key_that_is_none_is_refused(service: Running, key: str) -> None:
    headers = {HEADER.encode(): key.encode("latin-1")}
    answer = service.raw(service.token("alice")).post("bookings", json=body(service), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert service.client("alice").bookings() == []


def test_every_change_can_bear_a_key_but_those_that_must_not(service: Running) -> None:
    document = service.raw().get(f"{service.url}/openapi.json").json()
    without = {
        (method, path.removeprefix(f"{service.api}/"))
        for path, operations in document["paths"].items()
        for method, told in operations.items()
        if method != "get" and HEADER not in {p["name"] for p in told.get("parameters", [])}
    }
    classes, outages = ("classes", "classes/{class_id}"), ("admin/outages", "admin/pools/{pool}/outages")
    checked = ("bookings", *classes, "series", *outages)
    asking = {("post", f"{what}/check") for what in checked}
    asking |= {("post", f"admin/rules/{what}/try") for what in ("policy", "quotas")}
    setting = {("patch", "contact"), ("post", "contact/hook"), ("post", "servers/visits")}
    setting |= {("put", "monailabel-shares/word")}
    assert without - asking - setting == {
        ("post", "feeds"),
        ("post", "feeds/{feed_id}/renew"),
        ("post", "contact/address"),
        ("post", "contact/confirm"),
    }
    feed, request = uuid4(), m.FeedRequest()
    for call in (calls.add_feed(request), calls.renew_feed(feed)):
        assert not call.repeats
    assert calls.revoke_feed(feed).repeats


@contextmanager
def somebody_writes(service: Running) -> Iterator[None]:
    """Keep all others from writing."""
    with service.desk._store.write():
        yield


def test_a_request_that_is_still_worked_on_is_not_begun_anew(service: Running) -> None:
    wish, answers = body(service), list[httpx.Response]()
    first = keyed(service, "alice")
    thread = threading.Thread(target=lambda: answers.append(first.post("bookings", json=wish)))
    with somebody_writes(service):
        thread.start()
        while len(service.desk._store._writing._line) < 2:
            pass
        again = keyed(service, "alice").post("bookings", json=wish)
    thread.join()
    assert (again.status_code, again.json()["type"]) == (409, "urn:maia-hub:problem:in-progress")
    assert answers[0].status_code == 201
    assert keyed(service, "alice").post("bookings", json=wish).json() == answers[0].json()
    assert len(service.client("alice").bookings()) == 1
