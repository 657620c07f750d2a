"""Who may do what: owners, administrators, the spawner, pages of other sites."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from maia_hub.client import models as m
from maia_hub.core.errors import Forbidden, MaiaError, NotFound, NotSignedIn
from tests.service.conftest import SPAWNER_SECRET, Running, ask


def test_a_token_acts_as_its_owner(service: Running) -> None:
    me = service.client("alice").me()
    assert (me.user, me.admin, me.xsrf) == ("alice", False, None)


def test_an_administrators_token_is_no_administrators_right(service: Running) -> None:
    assert not service.client("carol").me().admin
    for path in ("admin/audit", "admin/processes"):
        assert service.raw(service.token("carol")).get(path).status_code == 403
    booking = service.client("alice").book(ask(service))
    with pytest.raises((Forbidden, NotFound)):
        service.client("carol").cancel(booking.id)


def test_an_administrators_session_is(service: Running) -> None:
    browser = service.signed_in("carol")
    assert browser.get(f"{service.api}/me").json()["admin"]
    assert browser.get(f"{service.api}/admin/audit").status_code == 200


def test_a_users_session_is_no_administrator(service: Running) -> None:
    assert service.signed_in("alice").get(f"{service.api}/admin/audit").status_code == 403


def test_anothers_booking_cannot_be_touched(service: Running) -> None:
    booking = service.client("alice").book(ask(service))
    mallory = service.client("mallory")
    later = booking.end + timedelta(hours=1)
    attempts: list[Callable[[], object]] = [
        lambda: mallory.booking(booking.id),
        lambda: mallory.cancel(booking.id),
        lambda: mallory.release(booking.id),
        lambda: mallory.extend(booking.id, later),
        lambda: mallory.change(booking.id, m.BookingChange(note="mine now")),
        lambda: mallory.check(ask(service), ignore=booking.id),
    ]
    for attempt in attempts:
        with pytest.raises((Forbidden, NotFound)):
            attempt()
    assert service.client("alice").booking(booking.id).state == "confirmed"


def test_anothers_note_and_gpu_hours_are_for_the_owner_and_administrators(service: Running) -> None:
    booked = service.client("alice").book(ask(service, start=service.clock(), minutes=5, note="my own words"))
    grant = service.spawner().grant(m.GrantRequest(user="alice", choice="booked"))
    assert isinstance(grant, m.Grant)
    bob = service.client("bob")
    assert [(b.id, b.note) for b in bob.bookings(mine=False)] == [(booked.id, "")]
    assert {a.user for a in bob.account()} <= {"bob"}
    assert {a.user for a in service.client("alice").account()} == {"alice"}
    carol = service.signed_in("carol")
    assert "my own words" in carol.get(f"{service.api}/bookings?mine=false").text
    assert "alice" in {a["user"] for a in carol.get(f"{service.api}/account").json()}


def test_another_project_can_be_neither_booked_in_nor_asked_about(service: Running) -> None:
    alice = service.client("alice")
    for attempt in (alice.book, alice.check):
        with pytest.raises(Forbidden):
            attempt(ask(service, project="secret"))


def test_a_booking_that_does_not_exist_is_not_found(service: Running) -> None:
    with pytest.raises(NotFound):
        service.client("alice").booking(uuid4())


def test_a_change_without_the_xsrf_header_is_refused(service: Running) -> None:
    browser = service.signed_in("alice")
    del browser.headers["X-XSRFToken"]
    answer = browser.post(f"{service.api}/bookings", json=ask(service).model_dump(mode="json"))
    assert answer.status_code == 403
    assert "X-XSRFToken" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_from_a_foreign_page_is_refused(service: Running, headers: dict[str, str]) -> None:
    browser = service.signed_in("alice")
    body = ask(service).model_dump(mode="json")
    assert browser.post(f"{service.api}/bookings", json=body, headers=headers).status_code == 403


def test_a_change_from_our_own_page_is_made(service: Running) -> None:
    browser = service.signed_in("alice")
    headers = {"Origin": service.hub.url, "Sec-Fetch-Site": "same-origin"}
    answer = browser.post(
        f"{service.api}/bookings", json=ask(service).model_dump(mode="json"), headers=headers
    )
    assert answer.status_code == 201, answer.text


def test_the_xsrf_token_of_one_session_is_no_use_in_another(service: Running) -> None:
    alice, bob = service.signed_in("alice"), service.signed_in("bob")
    bob.headers["X-XSRFToken"] = alice.headers["X-XSRFToken"]
    assert bob.post(f"{service.api}/bookings", json=ask(service).model_dump(mode="json")).status_code == 403


def test_the_spawners_secret_is_no_user_and_a_users_token_no_spawner(service: Running) -> None:
    with pytest.raises(NotSignedIn):
        service.spawner().me()
    for token in (service.token("alice"), service.token("carol"), SPAWNER_SECRET[:-1], SPAWNER_SECRET + "x"):
        with pytest.raises(NotSignedIn):
            service.client_with(token).grant(m.GrantRequest(user="alice"))
    assert service.signed_in("carol").get(f"{service.api}/spawner/options?user=alice").status_code == 401


def test_a_token_in_the_address_is_not_looked_at(service: Running) -> None:
    assert service.raw().get(f"me?token={service.token('alice')}").status_code == 401


def test_the_documentation_of_the_api_needs_no_sign_in(service: Running) -> None:
    document = service.raw().get(f"{service.url}/openapi.json").json()
    assert f"{service.api}/bookings" in document["paths"]


def test_errors_are_in_the_family(service: Running) -> None:
    with pytest.raises(MaiaError) as caught:
        service.client_with("nobody's").state()
    assert caught.value.advice
