"""Rules over HTTP: for administrators in the portal, tried before they hold, and never changed unseen."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from maia_hub.core.errors import Refused
from tests.service.conftest import Running, ask

SHORT = {"name": "short", "max_duration": 3600}


def put(
    browser: httpx.Client, service: Running, kind: str, seen: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"If-Match": seen} if seen is not None else {}
    body = {"reason": "term begins", **body}
    return browser.put(f"{service.api}/admin/rules/{kind}", json=body, headers=headers)


def test_an_administrator_tries_a_policy_and_lets_it_hold(service: Running) -> None:
    carol, alice = service.signed_in("carol"), service.client("alice")
    booked = alice.book(ask(service, minutes=180))
    shown = carol.post(f"{service.api}/admin/rules/policy/try", json={"terms": SHORT}).json()
    assert (shown["bookings"], shown["refused"], shown["refused_before"]) == (1, 1, 0)
    assert shown["rules"] == {"max-duration": 1}
    (example,) = shown["examples"]
    assert example["booking"]["id"] == str(booked.id)
    assert example["refusals"][0]["limit"] == "at most 1 hour"

    answer = put(carol, service, "policy", terms=SHORT)
    assert answer.status_code == 200
    (site,) = answer.json()["policies"]
    assert (site["project"], site["terms"]["max_duration"], site["changed"]["by"]) == (None, 3600, "carol")
    with pytest.raises(Refused, match="too long"):
        alice.book(ask(service, start=service.soon(hours=9), minutes=180))
    assert put(carol, service, "policy", terms=None).json()["policies"][0]["changed"] is None


def test_quotas_are_changed_and_tried_too(service: Running) -> None:
    carol = service.signed_in("carol")
    service.client("alice").book(ask(service, gpus=2))
    body: dict[str, Any] = {"project": "default", "terms": {"gpus": 1}}
    shown = carol.post(f"{service.api}/admin/rules/quotas/try", json=body).json()
    assert (shown["refused"], shown["rules"]) == (1, {"project-gpus": 1})
    put(carol, service, "quotas", **body).raise_for_status()
    (project,) = service.client("alice").projects()
    assert project.gpus == 1
    assert carol.get(f"{service.api}/admin/rules").json()["quotas"][0]["terms"]["gpus"] == 1


def test_a_change_of_rules_that_were_changed_meanwhile_is_refused(service: Running) -> None:
    carol = service.signed_in("carol")
    seen = carol.get(f"{service.api}/admin/rules").json()["policies"][0]["etag"]
    assert put(carol, service, "policy", seen, terms=SHORT).status_code == 200
    second = put(carol, service, "policy", seen, terms={"name": "other"})
    assert (second.status_code, second.json()["type"]) == (412, "urn:maia-hub:problem:changed-meanwhile")
    assert "carol changed it" in second.json()["allowed"]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"max_duration": -1}, "max_duration"),
        ({"max_duration": 60, "min_duration": 3600}, "nothing could be booked"),
        ({"max_hours": 3}, "max_hours"),
        ({"max_gpus": 1.5}, "max_gpus"),
    ],
)
def test_bad_terms_are_refused_in_words(service: Running, terms: dict[str, Any], said: str) -> None:
    answer = put(service.signed_in("carol"), service, "policy", terms=terms)
    assert answer.status_code == 422
    assert said in answer.text


def test_nobody_else_sees_or_changes_rules(service: Running) -> None:
    for browser in (service.signed_in("alice"), service.raw(service.token("carol"))):
        at = f"{service.api}/admin/rules" if "X-XSRFToken" in browser.headers else "admin/rules"
        assert browser.get(at).status_code == 403
        assert browser.put(f"{at}/policy", json={"terms": SHORT, "reason": "x"}).status_code == 403
        assert browser.post(f"{at}/policy/try", json={"terms": SHORT}).status_code == 403
