"""The review as a process: TLS with a certificate that changes, reviews that are none, and no word to anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maia_hub.core.bookings import BookingEvent
from tests.admission.gate import HUB, account, patched, pod, review
from tests.admission.webhook import Webhook
from tests.desk.office import ADA, Office
from tests.platform import eventually


@pytest.fixture(scope="module")
def webhook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webhook]:
    folder = tmp_path_factory.mktemp("webhook")
    office = Office(folder)
    office.close()
    with Webhook(folder, f"sqlite:///{folder / 'maia.db'}", rules={"platform": [HUB]}) as made:
        made.certify()
        yield made.start()


@pytest.fixture(scope="module")
def client(webhook: Webhook) -> Iterator[httpx.Client]:
    with webhook.client() as made:
        yield made


def test_it_reviews(client: httpx.Client) -> None:
    body = review(pod(), account("ada"))
    for path in ("/mutate", "/validate"):
        reply = client.post(path, json=body)
        answer = reply.json()
        assert reply.status_code == 200
        assert (answer["apiVersion"], answer["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
        assert answer["response"]["uid"] == body["request"]["uid"]
        assert not answer["response"]["allowed"]
        assert answer["response"]["status"]["code"] == 403
    assert client.get("/health").text == "ok"


BROKEN: list[bytes] = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b'{"request":',
    b"[" * 100_000,
    b'{"request": null}',
    b'{"request": {"object": 1}}',
    b"1" * 10_000,
]


@pytest.mark.parametrize("path", ["/mutate", "/validate"])
@pytest.mark.parametrize("body", BROKEN)
def test_what_is_no_review_is_answered_with_400(client: httpx.Client, path: str, body: bytes) -> None:
    reply = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400, reply.text


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/mutate", {}, 405),
        ("POST", "/validate", {"Content-Type": "text/plain"}, 415),
        ("POST", "/validate", {}, 415),
        ("POST", "/nothing", {"Content-Type": "application/json"}, 404),
    ],
)
def test_other_requests_are_told_what_is_wrong(
    client: httpx.Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    assert client.request(method, path, content=b"{}", headers=headers).status_code == status


def test_a_body_without_end_is_cut_off(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 2**17

    reply = client.post("/mutate", content=endless(), headers={"Content-Type": "application/json"})
    assert reply.status_code == 413


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def _spoilt(whole: Any, place: int, value: Any) -> Any:
    """Put a value in the place of one part, which one ``place`` says."""
    parts: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        for key in (
            list(part) if isinstance(part, dict) else range(len(part) if isinstance(part, list) else 0)
        ):
            parts.append((part, key))
            walk(part[key])

    walk(whole)
    parent, key = parts[place % len(parts)]
    parent[key] = value
    return whole


@given(
    place=st.integers(0, 200), value=values, path=st.sampled_from(["/mutate", "/validate"]), hub=st.booleans()
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_review_however_odd_is_answered_with_a_5xx(
    client: httpx.Client, place: int, value: Any, path: str, hub: bool
) -> None:
    made = pod(initContainers=[{"name": "i"}], affinity={"nodeAffinity": {}}, tolerations=[{"key": "a"}])
    made["metadata"] |= {"labels": {"maia.io/grant": "x"}, "annotations": {"a": "b"}}
    body = _spoilt(json.loads(json.dumps(review(made, HUB if hub else account("ada")))), place, value)
    reply = client.post(path, json=body)
    assert reply.status_code in (200, 400), reply.text
    if reply.status_code == 200:
        assert reply.json()["response"].get("status", {}).get("code") not in (500, 503), reply.text


def test_a_new_certificate_is_served_without_a_restart(webhook: Webhook) -> None:
    webhook.certify(trustme.CA())
    eventually(webhook.answers, "the new certificate is served", 10, every=0.1)
    (webhook.folder / "tls" / "tls.crt").write_text("half a certif")
    eventually(lambda: "cannot be used" in webhook.log.read_text(), "it says what is wrong", 10, every=0.1)
    assert webhook.answers()


def test_it_waits_for_its_first_certificate(tmp_path: Path, webhook: Webhook) -> None:
    with Webhook(tmp_path, webhook.database, rules={"platform": [HUB]}) as late:
        late.start(wait=False)
        eventually(lambda: "waiting for one" in late.log.read_text(), "it waits", 20, every=0.1)
        late.certify()
        eventually(late.answers, "it answers", 10, every=0.1)


def test_where_clients_have_an_authority_nobody_else_has_an_answer(tmp_path: Path, webhook: Webhook) -> None:
    body = review(pod(), account("ada"))
    with Webhook(tmp_path, webhook.database, rules={"platform": [HUB]}, clients=trustme.CA()) as made:
        made.certify()
        made.start()
        with made.client(made.clients) as client:
            assert client.post("/mutate", json=body).is_success
        for issuer in (None, trustme.CA()):
            with made.client(issuer) as client, pytest.raises(httpx.TransportError):
                client.post("/mutate", json=body)
        made.certify(trustme.CA())
        eventually(made.answers, "a new certificate leaves that as it is", 10, every=0.1)
        with made.client() as client, pytest.raises(httpx.TransportError):
            client.post("/mutate", json=body)


def test_it_connects_to_nobody(webhook: Webhook) -> None:
    with webhook.client() as client:
        client.post("/mutate", json=review(pod(), account("ada")))
    assert webhook.process is not None
    found = psutil.Process(webhook.process.pid).net_connections()
    assert {c.laddr.port for c in found if c.status != psutil.CONN_LISTEN} <= {webhook.port}
    assert [c.laddr.port for c in found if c.status == psutil.CONN_LISTEN] == [webhook.port]


def test_a_database_that_is_away_refuses_and_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path)
    booking = office.book(ADA, 0, 60)
    office.desk.end(ADA, booking.id, BookingEvent.CANCEL, "", office.now)
    with Webhook(tmp_path, f"sqlite:///{tmp_path / 'maia.db'}", rules={"platform": [HUB]}) as made:
        made.certify()
        made.start()
        with office.store.write() as tx:
            tx.connection.exec_driver_sql("DROP TABLE pods")
        marked = {"op": "add", "path": "/metadata/labels", "value": {"maia.io/grant": str(booking.id)}}
        with made.client() as client:
            response = client.post("/validate", json=review(patched(pod(), [marked]), HUB)).json()["response"]
    assert (response["allowed"], response["status"]["code"]) == (False, 503)
    assert "database cannot be used" in response["status"]["message"]
    office.close()
