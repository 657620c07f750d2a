"""The published description of the API, and the client's table of calls against it."""

from __future__ import annotations

import inspect
import re
from datetime import datetime, timezone
from typing import Any, get_type_hints
from uuid import UUID, uuid4

import pytest

from maia_hub.client import AsyncClient, Client, calls
from maia_hub.client import models as m
from maia_hub.client.calls import Call
from maia_hub.client.methods import Methods
from tests.service.conftest import Running

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)
EXAMPLES: dict[Any, Any] = {
    datetime: NOW,
    UUID: uuid4(),
    str: "x",
    int: 1,
    float: 60.0,
    m.BookingRequest: m.BookingRequest(start=NOW, end=NOW),
    m.BookingChange: m.BookingChange(note="x"),
    m.WaitlistRequest: m.WaitlistRequest(start=NOW, end=NOW),
    m.AddressRequest: m.AddressRequest(address="a@b.example"),
    m.ConfirmRequest: m.ConfirmRequest(code="x"),
    m.ContactChange: m.ContactChange(),
    m.FeedRequest: m.FeedRequest(),
    m.HookRequest: m.HookRequest(url=""),
    m.SeriesRequest: m.SeriesRequest(start=NOW, end=NOW, rule="FREQ=DAILY;COUNT=1", zone="UTC"),
    m.ClassRequest: m.ClassRequest(
        name="x",
        project="x",
        pool="x",
        start=NOW,
        end=NOW,
        rule="FREQ=DAILY;COUNT=1",
        zone="UTC",
        roster="A,x",
    ),
    m.ClassChange: m.ClassChange(),
    m.TemplateRequest: m.TemplateRequest(name="x", pool="x", seconds=60),
    m.ToolShareRequest: m.ToolShareRequest(tool="x", guest="x", until=NOW),
    m.ToolWord: m.ToolWord(tool="x", word="x" * 32),
    m.GrantRequest: m.GrantRequest(user="x"),
    m.GrantEnded: m.GrantEnded(),
}
PORTALS_ALONE = re.compile(r"admin/.+|bookings/[^/]+/revoke|projects/[^/]+/audit")
"""What administrators, leads and stewards do: no token has their rights."""
STREAM = "events"
"""Read by the clients' `events` and `follow`."""
TABLE = [
    function for name, function in inspect.getmembers(calls, inspect.isfunction) if name in calls.__all__
]


def _example(function: Any) -> Call[Any]:
    hints = get_type_hints(function)
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    call: Call[Any] = function(**{p.name: EXAMPLES[hints[p.name]] for p in needed})
    return call


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


@pytest.fixture
def document(service: Running) -> dict[str, Any]:
    """The description as published."""
    published: dict[str, Any] = service.raw().get(f"{service.url}/openapi.json").json()
    return published


def test_every_call_of_the_client_is_a_published_route(service: Running, document: dict[str, Any]) -> None:
    for function in TABLE:
        call = _example(function)
        known = [
            operations[call.method.lower()]
            for template, operations in document["paths"].items()
            if _matches(template, f"{service.api}/{call.path}") and call.method.lower() in operations
        ]
        assert known, call
        parameters = {p["name"] for operation in known for p in operation.get("parameters", [])}
        assert set(call.params) <= parameters, call


def test_the_client_has_a_call_for_every_route_that_a_token_may_ask(
    service: Running, document: dict[str, Any]
) -> None:
    calls_made = [_example(function) for function in TABLE]
    for template, operations in document["paths"].items():
        path = template.removeprefix(f"{service.api}/")
        if PORTALS_ALONE.fullmatch(path) or path == STREAM:
            continue
        for method in operations:
            assert any(c.method.lower() == method and _matches(path, c.path) for c in calls_made), (
                method,
                path,
            )


def test_every_route_of_the_api_says_what_it_is_for_and_what_it_answers(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            success = next(answer for code, answer in operation["responses"].items() if code.startswith("2"))
            if "204" not in operation["responses"]:
                assert next(iter(success["content"].values())) != {} or path.endswith("/events"), (
                    method,
                    path,
                )


def test_both_clients_have_every_call_as_a_method_that_explains_itself() -> None:
    names = {name for name in vars(Methods) if not name.startswith("_")}
    assert names == {function.__name__ for function in TABLE}
    for client in (Client("http://service", "token"), AsyncClient("http://service", "token")):
        for function in TABLE:
            method = getattr(client, function.__name__)
            made, asked = inspect.signature(method), inspect.signature(function)
            assert made.parameters == asked.parameters
            assert f"Call[{made.return_annotation}]" == asked.return_annotation
            assert (method.__name__, method.__doc__) == (function.__name__, function.__doc__)
