"""The client's own part: where to call, what a stream says, what an error means."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from pydantic import ValidationError

from maia_hub.client import Client, calls
from maia_hub.client import models as m
from maia_hub.client.problems import error_of
from maia_hub.client.stream import parse
from maia_hub.core import errors


def test_without_an_address_or_a_token_the_client_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAIA_SERVICE_URL", "MAIA_TOKEN", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(errors.InvalidInput, match="address"):
        Client()
    with pytest.raises(errors.NotSignedIn, match="token"):
        Client("http://127.0.0.1:9/services/maia")


def test_a_stream_is_read_event_by_event() -> None:
    lines = [
        "retry: 1000", "", ": comment", "event: time", 'data: {"now": "2026-03-01T09:00:00Z"}', "",
        "event: unknown", "data: {}", "", "event: usage", "id: 7",
        'data: {"now": "2026-03-01T09:00:05Z",', 'data: "gpus": []}', "",
    ]  # fmt: skip
    first, second = parse(lines)
    assert isinstance(first.data, m.Tick)
    assert (second.name, second.data) == (
        "usage",
        m.Usage(now=first.data.now + timedelta(seconds=5), gpus=[]),
    )


@pytest.mark.parametrize("data", ["{", "{}", '{"now": "soon"}'])
def test_a_stream_of_something_else_is_an_error_fit_for_a_user(data: str) -> None:
    with pytest.raises(errors.Unavailable, match="understand"):
        list(parse(["event: time", f"data: {data}", ""]))


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "ftp://hub/services/maia", "http://", "http://hub:port", "hub"]
)
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        Client(url, "token")
    assert caught.value.given == url


@pytest.mark.parametrize("token", ["two words", "a line\n", "tokén", "\x00"])
def test_a_token_that_is_none_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(errors.NotSignedIn) as caught:
        Client("http://hub", token)
    assert token not in f"{caught.value} {caught.value.given} {caught.value.advice}"


def test_what_a_newer_service_adds_to_an_answer_is_passed_over() -> None:
    me = calls.me().read(
        b'{"user": "a", "admin": false, "groups": [], "now": "2030-01-01T00:00:00Z", "new": 1}'
    )
    assert me.user == "a"
    waiting = b'{"wait": true, "message": "soon", "retry_after": 1, "new": 1}'
    assert isinstance(calls.grant(m.GrantRequest(user="a")).read(waiting), m.Wait)


def test_what_is_asked_for_must_be_known() -> None:
    with pytest.raises(ValidationError):
        m.ExtendRequest.model_validate({"until": "2030-01-01T00:00:00Z", "new": 1})


def test_an_error_that_is_not_the_services_is_bounded_and_says_so() -> None:
    error = error_of(httpx.Response(502, text="<html>" + "x" * 10_000))
    assert isinstance(error, errors.Unavailable)
    assert len(str(error.given)) < 400


def test_a_refusal_comes_back_with_its_rules() -> None:
    refusal = {"rule": "max-duration", "message": "Too long.", "given": "3 d", "limit": "2 d"}
    problem = {
        "type": "urn:maia-hub:problem:refused",
        "title": "t",
        "status": 409,
        "detail": "d",
        "refusals": [refusal],
    }
    error = error_of(httpx.Response(409, json=problem))
    assert isinstance(error, errors.Refused)
    assert error.details["refusals"] == [refusal]


def test_an_unknown_kind_of_error_is_an_error_of_the_family() -> None:
    problem = {"type": "urn:maia-hub:problem:newer", "title": "t", "status": 400, "detail": "what happened"}
    assert type(error_of(httpx.Response(400, json=problem))) is errors.MaiaError
