"""Signing in by OpenID Connect: the provider's groups become projects, anew at each sign-in, with PKCE."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.platform import ROOT, eventually
from tests.ports import free_port
from tests.service.conftest import Running
from tests.service.hub import PREFIX, Hub

_CONFIG = """
c.JupyterHub.authenticator_class = "generic-oauth"
c.GenericOAuthenticator.client_id = "maia"
c.GenericOAuthenticator.client_secret = "a secret of the tests"
c.GenericOAuthenticator.authorize_url = "{provider}/oauth2/authorize"
c.GenericOAuthenticator.token_url = "{provider}/oauth2/token"
c.GenericOAuthenticator.userdata_url = "{provider}/userinfo"
c.GenericOAuthenticator.username_claim = "sub"
c.GenericOAuthenticator.scope = ["openid"]
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.OAuthenticator.allow_all = True
c.Authenticator.auto_login = True
c.Authenticator.manage_groups = True
"""


@dataclass
class Provider:
    """An OpenID provider that runs."""

    url: str

    def put(self, user: str, *groups: str) -> None:
        """Let the provider say in which groups somebody is."""
        body = {"groups": list(groups), "email": f"{user}@example.org"}
        httpx.put(f"{self.url}/users/{user}", json=body).raise_for_status()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "tests.openid", str(port)], cwd=ROOT) as process:
        made = Provider(f"http://127.0.0.1:{port}")
        try:
            eventually(lambda: process.poll() is None and _answers(made.url), "the provider answers")
            yield made
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/.well-known/openid-configuration").is_success
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Hub]:
    """A real hub that sends its users to the provider."""
    ports = free_port(), free_port(), free_port()
    more = _CONFIG.format(provider=provider.url)
    started = Hub(tmp_path_factory.mktemp("hub"), *ports, more=more)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def sign_in(service: Running) -> Iterator[Callable[[str], httpx.Client]]:
    """Open the portal with a fresh browser, and say at the provider who one is."""
    opened: list[httpx.Client] = []

    def go(user: str) -> httpx.Client:
        browser = httpx.Client(base_url=service.hub.url, follow_redirects=True, timeout=20)
        opened.append(browser)
        asked = browser.get(f"{PREFIX}/")
        assert asked.url.path == "/oauth2/authorize", asked.text[:500]
        done = browser.post(asked.url, data={"sub": user})
        assert (done.status_code, done.url.path) == (200, f"{PREFIX}/"), done.text[:500]
        browser.headers["X-XSRFToken"] = browser.get(f"{service.api}/me").json()["xsrf"]
        return browser

    yield go
    for browser in opened:
        browser.close()


def _projects(service: Running, browser: httpx.Client) -> dict[str, list[str]]:
    found = browser.get(f"{service.api}/projects").raise_for_status().json()
    return {project["name"]: project["roles"] for project in found}


def test_a_group_from_the_claim_is_a_project_to_book_for(
    service: Running, provider: Provider, sign_in: Callable[[str], httpx.Client]
) -> None:
    provider.put("mia", "MAIA:vision", "MAIA:ears:lead", "staff")
    mia = sign_in("mia")
    assert _projects(service, mia) == {"ears": ["member", "lead"], "vision": ["member"]}
    start, end = service.soon(hours=1).isoformat(), service.soon(hours=2).isoformat()
    asked = {"start": start, "end": end, "project": "vision"}
    booked = mia.post(f"{service.api}/bookings", json=asked)
    assert (booked.status_code, booked.json()["project"]) == (201, "vision")
    refused = mia.post(f"{service.api}/bookings", json={**asked, "project": "default"})
    assert (refused.status_code, refused.json()["allowed"]) == (403, ["ears", "vision"])


def test_the_next_sign_in_brings_the_groups_of_then(
    service: Running, provider: Provider, sign_in: Callable[[str], httpx.Client]
) -> None:
    provider.put("noa", "MAIA:vision")
    assert list(_projects(service, sign_in("noa"))) == ["vision"]
    provider.put("noa", "MAIA:ears")
    assert list(_projects(service, sign_in("noa"))) == ["ears"]
    provider.put("noa")
    assert list(_projects(service, sign_in("noa"))) == ["default"]


def test_a_code_is_worth_nothing_to_who_did_not_begin_the_sign_in(
    service: Running, provider: Provider
) -> None:
    provider.put("eve", "MAIA:vision")
    with httpx.Client(base_url=service.hub.url, follow_redirects=True, timeout=20) as browser:
        asked = browser.get(f"{PREFIX}/")
        assert asked.url.params["code_challenge_method"] == "S256"
        sent = browser.post(asked.url, data={"sub": "eve"}, follow_redirects=False)
        stolen = {"grant_type": "authorization_code", "client_id": "maia", "client_secret": "x"}
        stolen["code"] = httpx.URL(sent.headers["location"]).params["code"]
        stolen["redirect_uri"] = f"{service.hub.url}/hub/oauth_callback"
        assert httpx.post(f"{provider.url}/oauth2/token", data=stolen).status_code == 400
