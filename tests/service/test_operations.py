"""Health, metrics, pages, headers and logs."""

from __future__ import annotations

import io
import json

import pytest

from maia_hub.service import logs
from tests.service.conftest import SPAWNER_SECRET, Running, ask
from tests.service.hub import PREFIX, SERVICE_SECRET


def test_health_answers_without_sign_in(service: Running) -> None:
    answer = service.raw().get(f"{service.url}/health")
    assert answer.json()["status"] == "ok"


def test_metrics_count_bookings_gpus_and_requests_and_name_nobody(service: Running) -> None:
    service.client("alice").book(ask(service))
    text = service.raw().get(f"{service.url}/metrics").text
    assert 'maia_bookings{state="confirmed"} 1.0' in text
    assert 'maia_gpus{holder="free"} 2.0' in text
    assert 'maia_requests_total{method="POST",route="bookings.book",status="201"} 1.0' in text
    assert "alice" not in text


@pytest.mark.parametrize("path", ["/api/v1/me", "/health", "/signed-in", "/api/v1/none"])
def test_every_answer_bears_the_security_headers(service: Running, path: str) -> None:
    headers = service.raw().get(f"{service.url}{path}").headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_a_portal_that_is_not_built_says_so(service: Running) -> None:
    assert "not built" in service.signed_in("alice").get(f"{PREFIX}/").text


def test_the_portal_is_served_and_nothing_beside_it(service: Running) -> None:
    portal = service.settings.portal
    (portal / "assets").mkdir(parents=True)
    (portal / "index.html").write_text("<p>the portal</p>")
    (portal / "assets" / "a.js").write_text("1")
    (portal.parent / "secret.txt").write_text("confidential")
    (portal / "link.txt").symlink_to(portal.parent / "secret.txt")
    browser = service.signed_in("alice")
    assert browser.get(f"{PREFIX}/").text == "<p>the portal</p>"
    assert browser.get(f"{PREFIX}/an/old/bookmark").url.path == f"{PREFIX}/"
    assert browser.get(f"{PREFIX}/assets/a.js").text == "1"
    assert browser.get(f"{PREFIX}/assets/older.js").status_code == 404
    for path in ("%2e%2e/secret.txt", "assets/..%2f..%2fsecret.txt", "%2fetc%2fpasswd", "a%00b", "link.txt"):
        answer = service.raw().get(f"{service.url}/{path}")
        assert answer.status_code in (302, 404)
        assert "confidential" not in answer.text


def test_logs_are_json_and_hold_no_secret(service: Running, lines: io.StringIO) -> None:
    browser = service.signed_in("alice")
    token = service.token("alice")
    service.client("alice").me()
    service.raw(SPAWNER_SECRET).get("spawner/options?user=alice")
    service.raw().get(f"me?token={token}")
    text = lines.getvalue()
    assert [json.loads(line) for line in text.splitlines()]
    assert "/api/v1/me" in text
    secrets = [
        token,
        SPAWNER_SECRET,
        SERVICE_SECRET,
        browser.headers["X-XSRFToken"],
        *browser.cookies.values(),
    ]
    assert [s for s in secrets if s in text] == []


@pytest.mark.parametrize(
    "event",
    [
        {"event": "x", "token": "s3cret-value"},
        {"event": "x", "headers": {"Authorization": "Bearer s3cret-value", "Cookie": "a=s3cret-value"}},
        {"event": "GET /oauth_callback?code=s3cret-value&state=s3cret-value"},
        {"event": "said Bearer s3cret-value in passing"},
        {"event": "x", "deep": [{"password": "s3cret-value"}]},
        {"event": "x", "exception": "ValueError: token='s3cret-value'"},
        {"event": "x", "error": ValueError("token=s3cret-value")},
        {"event": "x", "body": b"password=s3cret-value"},
        {"event": "x", "found": {"Bearer s3cret-value"}},
        {"event": "sent Cookie: maia-session=s3cret-value; other=s3cret-value"},
        {"event": "in {'maia-session': 's3cret-value', 'maia-signin-ab_c': 's3cret-value'}"},
    ],
)
def test_what_is_or_looks_like_a_secret_is_removed(event: dict[str, object]) -> None:
    assert "s3cret-value" not in json.dumps(dict(logs.remove_secrets(None, "", event)), default=str)


def test_ordinary_words_stay() -> None:
    said = {"event": "request", "path": "/services/maia/api/v1/bookings", "status": 200, "user": "alice"}
    assert dict(logs.remove_secrets(None, "", dict(said))) == said
