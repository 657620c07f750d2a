"""Whatever is sent, the fault is the sender's: a 4xx of the one shape, never a 5xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from maia_hub.service.bodies import LARGEST
from tests.service.conftest import SPAWNER_SECRET, Running, ask

LONE = "\ud800"
"""Half a surrogate pair: JSON can say it, UTF-8 cannot."""
HOSTILE: list[Any] = [
    "", "\0", LONE, "x" * 2000, "١", "%00", "2030-01-01T09:00:00", "20300101", "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+12:00", -1, 2**63, 10**30, 10**400, 1e400, float("nan"), None, [[[[[[]]]]]], {LONE: LONE},
]  # fmt: skip
NESTED = "[" * 700 + "]" * 700


@dataclass(frozen=True)
class Operation:
    """One operation of the published description."""

    method: str
    path: str
    in_path: tuple[str, ...]
    in_query: tuple[str, ...]
    in_body: tuple[str, ...]


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            named = {
                where: tuple(p["name"] for p in told.get("parameters", []) if p["in"] == where)
                for where in ("path", "query")
            }
            body = (
                told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            )
            schema = document["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
            yield Operation(method, path, named["path"], named["query"], tuple(schema.get("properties", {})))


def _requests(operation: Operation, good: dict[str, Any]) -> Iterator[tuple[str, bytes | None]]:
    """Yield addresses and bodies in which one value at a time is hostile."""

    def request(bad: str = "", value: Any = None) -> tuple[str, bytes | None]:
        values = {**good, bad: value}
        path = operation.path
        for name in operation.in_path:
            path = path.replace(f"{{{name}}}", quote(_said(values.get(name, "x"))[:500], safe="") or "x")
        query = "&".join(f"{n}={quote(_said(values[n]))}" for n in operation.in_query if n in values)
        body = {n: values[n] for n in operation.in_body if n in values}
        return f"{path}?{query}", json.dumps(body).encode() if operation.in_body else None

    for name in (*operation.in_path, *operation.in_query, *operation.in_body):
        for value in HOSTILE:
            yield request(name, value)
    if operation.in_body:
        address, _ = request()
        for body in ("", "{", "null", "[]", NESTED, "9" * 5000, '{"a":' + NESTED + "}", '{"\\ud800": 1}'):
            yield address, body.encode()
        yield address, b"\xff\xfe"


def _said(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()


def test_no_input_to_any_operation_is_an_error_of_the_service(service: Running) -> None:
    booking = service.client("alice").book(ask(service))
    good = {
        **ask(service).model_dump(mode="json", exclude_none=True),
        "booking_id": str(booking.id),
        "until": booking.end.isoformat(),
        "user": "alice",
        "pool": "simulated-gpu",
        "place": "1",
    }
    doors = {
        "admin": service.signed_in("carol"),
        "spawner": service.raw(SPAWNER_SECRET),
        "": service.raw(service.token("alice")),
    }
    document = service.raw().get(f"{service.url}/openapi.json").json()
    tried, wrong = 0, []
    for operation in _operations(document):
        if operation.path.endswith("/events"):
            continue
        subject = operation.path.removeprefix(f"{service.api}/").partition("/")[0]
        door = doors.get(subject, doors[""])
        root = service.hub.url if subject == "admin" else service.url.removesuffix("/services/maia")
        for address, body in _requests(operation, good):
            headers = {"Content-Type": "application/json"} if body is not None else {}
            answer = door.request(operation.method, root + address, content=body, headers=headers)
            tried += 1
            is_problem = answer.headers.get("content-type") == "application/problem+json"
            if answer.status_code >= 500 or is_problem is not answer.is_error:
                wrong.append((answer.status_code, operation.method, address[:200], (body or b"")[:200]))
    assert tried > 500
    assert wrong == []


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_a_body_that_is_too_large_is_refused(service: Running, chunked: bool) -> None:
    body = b'{"note": "' + b"x" * LARGEST + b'"}'
    api = service.raw(service.token("alice"), **{"Content-Type": "application/json"})
    answer = api.post("bookings", content=iter([body[:9], body[9:]]) if chunked else body)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(LARGEST) in answer.json()["detail"]


def test_a_path_that_is_unknown_is_not_found_by_whatever_method(service: Running) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = service.raw(service.token("alice")).request(method, "no-such-path")
        assert (answer.status_code, answer.json()["given"]) == (404, f"{service.api}/no-such-path")


def test_a_method_that_is_unknown_says_which_there_are_and_is_no_metric_of_its_own(service: Running) -> None:
    answer = service.raw(service.token("alice")).request("PROPFIND", "me")
    assert answer.status_code == 405
    assert (answer.json()["given"], answer.json()["allowed"]) == ("PROPFIND", "GET")
    text = service.raw().get(f"{service.url}/metrics").text
    assert 'method="other"' in text
    assert "PROPFIND" not in text


def test_what_is_no_http_is_refused_and_never_heard_of(service: Running) -> None:
    api = service.raw()
    assert api.request("BREW", "me").status_code == 400
    assert api.get("me", headers={"Authorization": "Bearer \x7f"}).status_code == 400
    assert "BREW" not in api.get(f"{service.url}/metrics").text


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//", "\xff"])
def test_an_origin_that_is_none_is_a_foreign_page(service: Running, origin: str) -> None:
    browser = service.signed_in("alice")
    body = ask(service).model_dump(mode="json", exclude_none=True)
    headers = {b"Origin": origin.encode("latin-1"), b"X-XSRFToken": browser.headers["X-XSRFToken"].encode()}
    assert browser.post(f"{service.api}/bookings", json=body, headers=headers).status_code == 403


@pytest.mark.parametrize("token", ["x" * 30_000, "\xff" * 40, "a b"])
def test_a_token_that_could_be_none_is_refused_without_a_5xx(service: Running, token: str) -> None:
    header = {b"Authorization": b"Bearer " + token.encode("latin-1")}
    answer = httpx.get(f"{service.url}/api/v1/me", headers=header)
    assert answer.status_code == 401


@pytest.mark.parametrize("cookie", ["x", "\xff", "x" * 30_000, "a; maia-session=b"])
def test_a_cookie_that_could_be_none_is_nobodys(service: Running, cookie: str) -> None:
    header = {b"Cookie": b"maia-session=" + cookie.encode("latin-1")}
    assert httpx.get(f"{service.url}/api/v1/me", headers=header).status_code == 401


@pytest.mark.parametrize("written", [1900000000, "1900000000", "20300101", "20300101T090000Z"])
def test_a_number_is_no_time(service: Running, written: object) -> None:
    api = service.raw(service.token("alice"))
    body = {**ask(service).model_dump(mode="json", exclude_none=True), "start": written}
    assert api.post("bookings", json=body).status_code == 422
    assert api.get("calendar", params={"start": str(written), "end": body["end"]}).status_code == 422
