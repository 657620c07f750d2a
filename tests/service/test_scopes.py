"""A token may be narrowed by its owner, ends when she said, and is taken back by her: all of it by a real hub."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maia_hub.core.errors import Forbidden, NotSignedIn
from maia_hub.hub.roles import ACCESS, BOOK, READ
from tests.platform import eventually
from tests.service.conftest import Running, ask


def test_a_token_to_read_reads_all_and_changes_nothing(service: Running) -> None:
    booked = service.client("alice").book(ask(service))
    token = service.hub.token("alice", (ACCESS, READ))
    reader = service.client_with(token)
    assert [booking.id for booking in reader.bookings()] == [booked.id]
    assert reader.me().user == "alice"
    assert reader.check(ask(service, start=service.soon(hours=9))).allowed
    assert next(event for event in reader.events() if event.name == "state")
    with pytest.raises(Forbidden) as told:
        reader.cancel(booked.id)
    assert BOOK in str(told.value.allowed)
    assert READ in str(told.value.given)
    with pytest.raises(Forbidden):
        reader.book(ask(service, start=service.soon(hours=9)))
    answer = service.raw(token).delete("contact")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert service.client("alice").booking(booked.id).state == "confirmed"


@pytest.mark.parametrize("scopes", [(ACCESS, BOOK), (ACCESS,)])
def test_other_tokens_book_and_are_no_administrators(service: Running, scopes: tuple[str, ...]) -> None:
    token = service.hub.token("carol", scopes)
    client = service.client_with(token)
    client.cancel(client.book(ask(service)).id)
    assert service.raw(token).get("admin/audit").status_code == 403


def test_a_token_without_the_access_is_nobodys_whatever_else_it_may(service: Running) -> None:
    with pytest.raises(NotSignedIn):
        service.client_with(service.hub.token("alice", (READ,))).me()


def test_a_token_ends_when_its_owner_said(service: Running) -> None:
    client = service.client_with(service.hub.token("alice", (ACCESS, READ), expires_in=2))
    assert client.me().user == "alice"

    def ended() -> bool:
        service.clock.shift += timedelta(minutes=1)  # what the hub said is not remembered for so long
        try:
            client.me()
        except NotSignedIn:
            return True
        return False

    eventually(ended, "the token has ended")


def test_a_token_that_is_taken_back_counts_no_longer(service: Running) -> None:
    token = service.hub.token("alice", (ACCESS, BOOK))
    client = service.client_with(token)
    client.me()
    service.hub.take_back("alice", token)
    service.clock.shift = timedelta(minutes=1)
    with pytest.raises(NotSignedIn):
        client.me()


def test_the_specification_names_the_scope_of_each_operation(service: Running) -> None:
    paths = service.raw().get(f"{service.url}/openapi.json").json()["paths"]
    wanted = {
        (method, path.removeprefix(service.api)): operation["security"][0]["token"]
        for path, methods in paths.items()
        for method, operation in methods.items()
        if not path.removeprefix(service.api).startswith(
            ("/spawner", "/door")
        )  # programs have tokens of their own
    }
    assert wanted["get", "/bookings"] == [READ]
    assert wanted["post", "/bookings"] == [BOOK]
    assert wanted["post", "/bookings/check"] == [READ]
    assert all(scope == [READ] for (method, _), scope in wanted.items() if method == "get")


@pytest.mark.parametrize("user", ["alice", "carol"])
def test_a_token_with_all_rights_of_its_owner_is_let_in_and_makes_no_administrator(
    service: Running, user: str
) -> None:
    token = service.hub.token(user, ("inherit",))
    client = service.client_with(token)
    assert client.me().admin is False
    client.cancel(client.book(ask(service)).id)
    assert service.raw(token).get("admin/audit").status_code == 403
