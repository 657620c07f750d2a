"""What the hub says about people: its OAuth for browsers, its word on tokens."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from maia_hub.core.errors import NotSignedIn, Unavailable
from maia_hub.service.settings import ServiceSettings

_TIMEOUT = 5.0
_LONGEST_TOKEN = 512


class HubUser(BaseModel):
    """The hub's answer to *whose token is this?* (GET /hub/api/user); services are not people."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: str
    name: str
    admin: bool = False
    groups: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()

    def may_open(self, owner: str, server: str) -> bool:
        """Tell whether the token opens a server: the hub has resolved all that it knows of groups and shares."""
        filters = ("", f"!user={owner}", f"!server={owner}/{server}")
        return any(f"access:servers{each}" in self.scopes for each in filters)


class _Issued(BaseModel):
    """The hub's answer to a code that it had given out (RFC 6749)."""

    access_token: str = Field(repr=False)


class _Grouped(BaseModel):
    """What the hub's answer to *who is that?* says of groups."""

    name: str
    groups: tuple[str, ...]


class HubAuth:
    """Asks the hub's API; raises `Unavailable` as long as it does not answer."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def authorize_path(self, state: str, challenge: str) -> str:
        """Return where to send the browser for a sign-in with PKCE."""
        query = urlencode(
            {
                "client_id": self._settings.client_id,
                "redirect_uri": self._settings.callback,
                "response_type": "code",
                "state": state,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        return f"{self._settings.hub_page}api/oauth2/authorize?{query}"

    async def token_for(self, code: str, verifier: str) -> str:
        """Exchange the code that the browser brought for a token of the user."""
        form = {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.api_token,
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": self._settings.callback,
        }
        response = await self._send("POST", "oauth2/token", data=form)
        if not response.is_success:
            raise NotSignedIn("The hub did not accept this sign-in.", advice="Sign in again.")
        try:
            return _Issued.model_validate_json(response.content).access_token
        except ValidationError as e:
            raise _unavailable() from e

    async def whoami(self, token: str) -> HubUser | None:
        """Return whose token it is; None if the hub does not know it or it is no person's."""
        found = await self._owner(token)
        return found if found and found.kind == "user" else None

    async def service_of(self, token: str) -> str | None:
        """Return the service that a token is of; None if the hub does not know it or it is no service's."""
        found = await self._owner(token)
        return found.name if found and found.kind == "service" else None

    async def _owner(self, token: str) -> HubUser | None:
        if len(token) > _LONGEST_TOKEN or not token.isascii() or not token.isprintable():
            return None
        response = await self._send("GET", "user", headers={"Authorization": f"token {token}"})
        if response.status_code in (401, 403, 404):
            return None
        try:
            return HubUser.model_validate_json(response.content)
        except ValidationError as e:
            raise _unavailable() from e

    async def groups_of(self, name: str) -> tuple[str, ...] | None:
        """Return the groups of somebody who has signed in at the hub before; None if nobody is called that.

        They are those of the last sign-in, where a provider manages them.
        """
        if not name or name.strip(".") == "":  # such a path would be another one
            return None
        headers = {"Authorization": f"token {self._settings.api_token}"}
        response = await self._send("GET", f"users/{quote(name, safe='')}", headers=headers)
        if response.status_code == 404:
            return None
        try:
            return _Grouped.model_validate_json(response.content).groups
        except ValidationError as e:
            raise Unavailable(
                "The hub does not say in which groups anybody is.",
                given=f"HTTP {response.status_code}",
                advice="Tell the administrator: the service needs the scope read:users:groups.",
            ) from e

    async def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, f"{self._settings.hub_api_url}/{path}", **content)
        except httpx.HTTPError as e:
            raise _unavailable() from e
        if response.status_code >= 500 or response.status_code == 429:
            raise _unavailable()
        return response


def _unavailable() -> Unavailable:
    return Unavailable(
        "The hub does not answer at the moment, so it cannot be said who you are.",
        advice="Try again in a few seconds.",
    )
