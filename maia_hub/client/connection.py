"""Where the service is and whose token is shown to it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from maia_hub.client.attempts import key_for
from maia_hub.client.calls import Call
from maia_hub.core.errors import InvalidInput, NotSignedIn

URL_ENV = "MAIA_SERVICE_URL"
TOKEN_ENVS = ("MAIA_TOKEN", "JUPYTERHUB_API_TOKEN")
API = "api/v1"
DIRECT = {"all://127.0.0.1": None, "all://localhost": None}
"""What runs on this machine is never asked for through the proxy that HTTP_PROXY names."""
_TOKEN = re.compile(r"[!-~]+")
_SILENCE = 45.0
"""Seconds without a byte after which a stream is given up; the service sends something every five."""


@dataclass(frozen=True)
class Connection:
    """The address of the service, such as http://127.0.0.1:8000/services/maia, and a token of the hub."""

    url: str
    token: str = field(repr=False)

    @classmethod
    def of(cls, url: str | None, token: str | None) -> Connection:
        """Fill what is not given from the environment; raise if it is not there either."""
        url = url or os.environ.get(URL_ENV)
        token = token or next((os.environ[name] for name in TOKEN_ENVS if os.environ.get(name)), None)
        if not url:
            raise InvalidInput(
                "The address of the booking service is not known.",
                allowed="an address such as http://127.0.0.1:8000/services/maia",
                advice=f"Run this on the hub, or set {URL_ENV}.",
            )
        if not token:
            raise NotSignedIn(
                "There is no token to sign in with.",
                advice=f"Run this in a server of the hub, or set {TOKEN_ENVS[0]} to a token of the hub.",
            )
        parts = _parsed(url)
        if parts is None or parts.scheme not in ("http", "https") or not parts.host:
            raise InvalidInput(
                "The address of the booking service is none.",
                given=url[:200],
                allowed="an address such as http://127.0.0.1:8000/services/maia",
                advice=f"Correct {URL_ENV}, or the address that was given.",
            )
        if not _TOKEN.fullmatch(token):
            raise NotSignedIn(
                "The token is none: it holds characters that no token has.",
                advice="Copy the token again, without spaces or line ends.",
            )
        return cls(url.rstrip("/"), token)

    def options(self, timeout: float) -> dict[str, Any]:
        """Return what an httpx client of either kind is made with.

        Certificates are not even loaded for http: reading all of them takes longer than a call.
        """
        return {
            "headers": {"Authorization": f"Bearer {self.token}", "Accept": "application/json"},
            "timeout": timeout,
            "follow_redirects": False,
            "mounts": DIRECT,
            "verify": not self.url.startswith("http://"),
        }

    def request(self, call: Call[Any]) -> dict[str, Any]:
        """Return a call as httpx takes it; what changes something gets a key, to be sent again under."""
        content = {} if call.body is None else {"json": call.body.model_dump(mode="json", exclude_none=True)}
        return {
            "method": call.method,
            "url": f"{self.url}/{API}/{call.path}",
            "params": dict(call.params),
            "headers": {**key_for(call.method), **call.headers},
            **content,
        }

    def stream(self, after: str = "") -> dict[str, Any]:
        """Return the request for the event stream as httpx takes it, from where it was told last."""
        headers = {"Last-Event-ID": after} if after else {}
        return {"method": "GET", "url": f"{self.url}/{API}/events", "timeout": _SILENCE, "headers": headers}


def _parsed(url: str) -> httpx.URL | None:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL:
        return None
