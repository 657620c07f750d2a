"""Signing in through a real hub."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from maia_hub.core.errors import NotSignedIn
from maia_hub.service.settings import ServiceSettings
from maia_hub.service.signin import safe_next
from tests.service.conftest import SPAWNER_SECRET, Running
from tests.service.hub import PREFIX, SERVICE_SECRET, Hub

SETTINGS = ServiceSettings(hub_api_url="http://hub", api_token=SERVICE_SECRET, spawner_token=SPAWNER_SECRET)


def test_a_user_of_the_hub_gets_the_portal_without_an_authorize_page(service: Running, hub: Hub) -> None:
    page = hub.browser("alice").get(f"{PREFIX}/")
    assert page.status_code == 200
    assert page.url.path == f"{PREFIX}/"
    assert all("Authorize" not in step.text for step in [*page.history, page])


def test_a_stranger_is_sent_to_the_hubs_login(service: Running, hub: Hub) -> None:
    page = httpx.get(f"{hub.url}{PREFIX}/", follow_redirects=True, timeout=20)
    assert page.url.path == "/hub/login"


def test_the_lab_page_signs_in_silently_and_in_a_frame_of_the_same_origin(service: Running, hub: Hub) -> None:
    browser = hub.browser("alice")
    assert browser.get(f"{service.api}/me").status_code == 401
    answer = browser.get(f"{PREFIX}/login?next={PREFIX}/signed-in")
    assert (answer.status_code, answer.url.path) == (200, f"{PREFIX}/signed-in")
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert browser.get(f"{service.api}/me").json()["user"] == "alice"


def test_the_cookies_are_out_of_reach_of_scripts_and_of_other_paths(service: Running, hub: Hub) -> None:
    page = hub.browser("alice").get(f"{PREFIX}/")
    set_by_us = [c for step in page.history for c in step.headers.get_list("set-cookie") if "maia-" in c]
    assert len(set_by_us) >= 2
    for cookie in set_by_us:
        if "Max-Age=0" not in cookie:
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
        assert f"Path={PREFIX}" in cookie


def test_two_sign_ins_at_once_in_one_browser_do_not_disturb_each_other(service: Running, hub: Hub) -> None:
    browser = hub.browser("alice")
    first, second = (browser.get(f"{PREFIX}/login", follow_redirects=False) for _ in range(2))
    for begun in (first, second):
        assert browser.get(begun.headers["location"]).url.path == f"{PREFIX}/"


def test_a_sign_in_begun_in_another_browser_is_refused(service: Running, hub: Hub) -> None:
    mallory, victim = hub.browser("mallory"), hub.browser("alice")
    begun = mallory.get(f"{PREFIX}/login", follow_redirects=False)
    with_code = mallory.get(begun.headers["location"], follow_redirects=False).headers["location"]
    answer = victim.get(with_code)
    assert answer.status_code == 401
    assert victim.get(f"{service.api}/me").status_code == 401


def test_logging_out_at_the_hub_ends_the_session_within_a_minute(service: Running, hub: Hub) -> None:
    browser = service.signed_in("alice")
    browser.get("/hub/logout")
    service.clock.shift += timedelta(seconds=61)
    assert browser.get(f"{service.api}/me").status_code == 401


def test_a_sign_in_ends_by_itself_in_the_end(service: Running, hub: Hub) -> None:
    browser = service.signed_in("alice")
    service.clock.shift += service.settings.session_age - timedelta(minutes=1)
    assert browser.get(f"{service.api}/me").status_code == 200
    service.clock.shift += timedelta(minutes=2)
    assert browser.get(f"{service.api}/me").status_code == 401


def test_a_token_that_the_hub_took_back_is_refused_within_a_minute(service: Running, hub: Hub) -> None:
    token = hub.token("alice")
    assert service.client_with(token).me().user == "alice"
    hub.take_back("alice", token)
    service.clock.shift += timedelta(minutes=1)
    with pytest.raises(NotSignedIn):
        service.client_with(token).me()


def test_behind_tls_the_cookies_go_nowhere_else(service: Running) -> None:
    answer = service.raw(**{"X-Forwarded-Proto": "https"}).get(f"{service.url}/login")
    assert "Secure" in answer.headers["set-cookie"]


def test_logging_out_here_ends_the_session_at_once(service: Running, hub: Hub) -> None:
    browser = service.signed_in("alice")
    kept = dict(browser.cookies)
    browser.get(f"{PREFIX}/logout")
    answer = httpx.get(f"{service.url}/api/v1/me", cookies=kept)
    assert answer.status_code == 401


def test_a_session_goes_on_while_the_hub_is_silent_for_a_while(service: Running, hub: Hub) -> None:
    browser = service.signed_in("alice")
    service.hub_at("http://127.0.0.1:9/hub/api")
    service.clock.shift += timedelta(minutes=10)
    assert browser.get(f"{service.api}/me").status_code == 200
    service.clock.shift += timedelta(hours=2)
    assert browser.get(f"{service.api}/me").status_code == 503


def test_a_session_survives_a_restart_of_the_service(service: Running, hub: Hub) -> None:
    browser = service.signed_in("alice")
    service.restart()
    assert browser.get(f"{service.api}/me").json()["user"] == "alice"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/services/maia/",
        "/hub/logout",
        "/services/maiaevil/",
        "/services/maia/../../hub/logout",
        "/services/maia/%2e%2e/x",
        "/services/maia/\\evil.example",
        "javascript:alert(1)",
        "/services/maia/\r\nSet-Cookie: a=b",
        None,
        "",
    ],
)
def test_a_page_outside_the_service_is_never_the_next_one(wanted: str | None) -> None:
    assert safe_next(wanted, SETTINGS) == f"{PREFIX}/"


def test_a_page_of_the_service_may_be_the_next_one() -> None:
    assert safe_next(f"{PREFIX}/bookings?id=1", SETTINGS) == f"{PREFIX}/bookings?id=1"


def test_an_api_request_without_sign_in_is_told_where_to_sign_in(service: Running) -> None:
    answer = service.raw().get("me")
    assert answer.status_code == 401
    assert answer.json()["login"] == f"{PREFIX}/login"


def test_a_token_that_may_not_use_the_service_is_refused(service: Running, hub: Hub) -> None:
    with pytest.raises(NotSignedIn):
        service.client_with(hub.token("alice", ("read:users:name!user",))).me()
    with pytest.raises(NotSignedIn):
        service.client_with("no-such-token").me()
