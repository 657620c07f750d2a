"""How often one may ask: reading, writing, streams, failed sign-ins; each told in words and with when to come back."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest
from starlette.requests import Request

from maia_hub.core.errors import TooMany
from maia_hub.service.addresses import address_of
from maia_hub.service.settings import Limits
from tests.service.conftest import SPAWNER_SECRET, Running, ask


def limited(
    service: Running,
    *,
    reading: int | None = None,
    writing: int | None = None,
    streams: int | None = None,
    sign_ins: int | None = None,
) -> None:
    """Let the service allow so much."""
    limits = Limits(reading=reading, writing=writing, streams=streams, sign_ins=sign_ins)
    service.settings = replace(service.settings, limits=limits)
    service.restart()


def problem(answer: httpx.Response) -> dict[str, object]:
    """Return a refusal for being too much, having looked at its form."""
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    said: dict[str, object] = answer.json()
    assert said["type"] == "urn:maia-hub:problem:too-many-requests"
    return said


def test_reading_and_writing_have_budgets_of_their_own_and_each_answer_says_what_is_left(
    service: Running,
) -> None:
    limited(service, reading=3, writing=2)
    raw = service.raw(service.token("alice"))
    first = raw.get("me")
    assert first.headers["ratelimit-policy"] == '"reading";q=3;w=60'
    assert first.headers["ratelimit"].startswith('"reading";r=2;t=')
    assert [raw.get("gpus").status_code for _ in range(3)] == [200, 200, 429]
    said = problem(raw.get("gpus"))
    assert said["detail"] == "Your programs ask more often than 3 times a minute."
    assert said["given"] == "reading"
    assert "go on in " in str(said["advice"])
    made = raw.post("bookings", json=ask(service).model_dump(mode="json"))
    assert made.status_code == 201
    assert made.headers["ratelimit-policy"] == '"writing";q=2;w=60'
    assert raw.delete("notices/1").status_code == 404
    assert problem(raw.delete("notices/1"))["given"] == "writing"
    assert 'maia_limited_total{limit="reading"} 2.0' in httpx.get(f"{service.url}/metrics").text


def test_nobody_uses_up_what_is_anothers_nor_her_own_pages(service: Running) -> None:
    limited(service, reading=3)
    programs, ben, pages = (
        service.raw(service.token("alice")),
        service.raw(service.token("ben")),
        service.signed_in("alice"),
    )
    assert [programs.get("me").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert ben.get("me").status_code == 200
    assert pages.get(f"{service.api}/gpus").status_code == 200


def test_a_servers_start_and_end_are_never_limited(service: Running) -> None:
    limited(service, reading=1, writing=1, streams=1, sign_ins=1)
    spawner = service.raw(SPAWNER_SECRET)
    for _ in range(5):
        assert spawner.get("spawner/options", params={"user": "alice"}).status_code == 200
        assert spawner.post("spawner/stopping", params={"user": "alice"}).status_code == 200


def test_streams_are_counted_while_they_are_open(service: Running) -> None:
    limited(service, streams=2)
    raw = service.raw(service.token("alice"))
    with ExitStack() as first:
        for _ in range(2):
            assert first.enter_context(raw.stream("GET", "events")).status_code == 200
        assert (
            problem(raw.get("events"))["detail"]
            == "Your programs have 2 event streams open, and more are not given."
        )
    answer = raw.get("me")
    for _ in range(100):
        with raw.stream("GET", "events") as again:
            answer = again
        if answer.status_code == 200:
            break
    assert answer.status_code == 200


def test_tokens_that_nobody_knows_are_counted_by_address_and_a_known_one_still_passes(
    service: Running,
) -> None:
    limited(service, sign_ins=3)
    known, wrong = service.raw(service.token("alice")), service.raw("0" * 32)
    assert known.get("me").status_code == 200
    assert [wrong.get("me").status_code for _ in range(3)] == [401, 401, 401]
    assert "failed from your address" in str(problem(wrong.get("me"))["detail"])
    assert known.get("me").status_code == 200
    assert service.raw().get("me").status_code == 401
    elsewhere = service.raw("0" * 32, **{"X-Forwarded-For": "192.0.2.7"})
    assert elsewhere.get("me").status_code == 401
    assert problem(service.raw(service.token("ben")).get("me"))["given"] == "sign-ins"


def test_the_client_waits_as_long_as_it_is_told_and_goes_on(service: Running) -> None:
    limited(service, reading=60)
    alice = service.client("alice")
    for _ in range(62):
        assert alice.me().user == "alice"


def test_the_client_says_so_where_waiting_would_take_too_long(service: Running) -> None:
    limited(service, reading=1)
    alice = service.client("alice")
    alice.me()
    with pytest.raises(TooMany, match="more often than 1 times a minute") as refused:
        alice.me()
    assert 50 <= int(str(refused.value.details["retry_after"])) <= 60


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ("", 1, "10.0.0.1"),
        ("192.0.2.7", 1, "192.0.2.7"),
        ("192.0.2.7", 0, "10.0.0.1"),
        ("203.0.113.9, 192.0.2.7", 1, "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7", 2, "203.0.113.9"),
        ("203.0.113.9, 192.0.2.7", 5, "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::/64"),
        ("not an address" * 20, 1, ("not an address" * 20)[:64]),
    ],
)
def test_the_address_is_what_the_outermost_proxy_of_the_site_saw(
    forwarded: str, proxies: int, expected: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "headers": headers, "client": ("10.0.0.1", 40000)})
    assert address_of(request, proxies) == expected
