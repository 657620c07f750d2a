"""Signing in through a real Keycloak: its login form, its groups as projects, and PKCE, which its client demands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape

import httpx
import pytest

from tests.openid.keycloak import Keycloak, keycloak
from tests.ports import free_port
from tests.service.conftest import Running
from tests.service.hub import PREFIX, Hub

_CONFIG = """
c.JupyterHub.authenticator_class = "generic-oauth"
c.GenericOAuthenticator.client_id = "maia"
c.GenericOAuthenticator.client_secret = "a secret of the tests"
c.GenericOAuthenticator.authorize_url = "{openid}/auth"
c.GenericOAuthenticator.token_url = "{openid}/token"
c.GenericOAuthenticator.userdata_url = "{openid}/userinfo"
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.scope = ["openid"]
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.OAuthenticator.allow_all = True
c.Authenticator.auto_login = True
c.Authenticator.manage_groups = True
"""
Browse = Callable[[], httpx.Client]
SignIn = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, provider: Keycloak, callback: str) -> Iterator[Hub]:
    """A real hub that sends its users to Keycloak."""
    public = httpx.URL(callback).port
    assert public is not None
    more = _CONFIG.format(openid=provider.openid)
    started = Hub(tmp_path_factory.mktemp("hub"), public, free_port(), free_port(), more=more)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def callback() -> str:
    """Where the hub wants browsers back, known before it runs."""
    return f"http://127.0.0.1:{free_port()}/hub/oauth_callback"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory, callback: str) -> Iterator[Keycloak]:
    with keycloak(tmp_path_factory.mktemp("openid"), callback) as started:
        yield started


@pytest.fixture
def browse(service: Running) -> Iterator[Browse]:
    """Open a fresh browser that sends secure cookies to loopback addresses, as real ones do."""
    with ExitStack() as opened:

        def fresh() -> httpx.Client:
            def keep(_: httpx.Response) -> None:
                for cookie in client.cookies.jar:
                    cookie.secure = False

            hooks = {"response": [keep]}
            client = httpx.Client(
                base_url=service.hub.url, follow_redirects=True, timeout=60, event_hooks=hooks
            )
            return opened.enter_context(client)

        yield fresh


def sent(browser: httpx.Client, user: str, follow: bool = True) -> httpx.Response:
    """Open the portal, and fill in the form to which Keycloak sends the browser."""
    page = browser.get(f"{PREFIX}/")
    assert page.url.path == "/realms/maia/protocol/openid-connect/auth", page.text[:2000]
    assert page.url.params["code_challenge_method"] == "S256"
    action = re.search(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"', page.text)
    assert action, page.text[:2000]
    form = {"username": user, "password": f"the password of {user}"}
    return browser.post(unescape(action[1]), data=form, follow_redirects=follow)


@pytest.fixture
def sign_in(service: Running, browse: Browse) -> SignIn:
    """Sign in with a fresh browser."""

    def go(user: str) -> httpx.Client:
        browser = browse()
        done = sent(browser, user)
        assert (done.status_code, done.url.path) == (200, f"{PREFIX}/"), done.text[:2000]
        browser.headers["X-XSRFToken"] = browser.get(f"{service.api}/me").json()["xsrf"]
        return browser

    return go


def _projects(service: Running, browser: httpx.Client) -> dict[str, list[str]]:
    found = browser.get(f"{service.api}/projects").raise_for_status().json()
    return {project["name"]: project["roles"] for project in found}


def test_groups_of_keycloak_are_projects_with_their_leads_and_stewards(
    service: Running, sign_in: SignIn
) -> None:
    mia, eve = sign_in("mia"), sign_in("eve")
    assert _projects(service, mia) == {"ears": ["member", "steward"], "vision": ["member", "lead"]}
    assert _projects(service, eve) == {"vision": ["member"]}
    asked = {"start": service.soon(hours=1).isoformat(), "end": service.soon(hours=2).isoformat()}
    booked = eve.post(f"{service.api}/bookings", json={**asked, "project": "vision"})
    assert booked.status_code == 201, booked.text
    revoked = mia.post(f"{service.api}/bookings/{booked.json()['id']}/revoke", json={"reason": "needed"})
    assert revoked.status_code == 200, revoked.text
    assert eve.post(f"{service.api}/bookings", json={**asked, "project": "ears"}).status_code == 403


def test_who_is_taken_out_of_a_group_has_lost_the_project_at_the_next_sign_in(
    service: Running, provider: Keycloak, sign_in: SignIn
) -> None:
    assert list(_projects(service, sign_in("noa"))) == ["ears", "vision"]
    provider.take_out("noa", "MAIA:vision")
    assert list(_projects(service, sign_in("noa"))) == ["ears"]


def test_a_wrong_password_lets_nobody_in(browse: Browse) -> None:
    page = sent(browse(), "mallory")
    assert "Invalid username or password" in page.text
    assert page.url.host == "127.0.0.1"
    assert page.url.path.startswith("/realms/maia/")


def test_a_code_is_worth_nothing_to_who_did_not_begin_the_sign_in(
    provider: Keycloak, browse: Browse, callback: str
) -> None:
    back = sent(browse(), "eve", follow=False).headers["location"]
    stolen = {
        "grant_type": "authorization_code",
        "client_id": "maia",
        "client_secret": "a secret of the tests",
        "code": httpx.URL(back).params["code"],
        "redirect_uri": callback,
    }
    refused = provider.http.post(f"{provider.openid}/token", data=stolen)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert "PKCE" in refused.json()["error_description"]


def test_keycloak_begins_no_sign_in_without_a_challenge(provider: Keycloak, callback: str) -> None:
    asked = {"response_type": "code", "client_id": "maia", "redirect_uri": callback, "scope": "openid"}
    answer = provider.http.get(f"{provider.openid}/auth", params=asked)
    assert answer.status_code == 302
    assert "code_challenge_method" in httpx.URL(answer.headers["location"]).params["error_description"]
