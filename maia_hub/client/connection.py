"""Where the service is and whose token is shown to it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from maia_hub.client.calls import Call
from maia_hub.core.errors import InvalidInput, NotSignedIn

URL_ENV = "MAIA_SERVICE_URL"
TOKEN_ENVS = ("MAIA_TOKEN", "JUPYTERHUB_API_TOKEN")
API = "api/v1"
DIRECT = {"all://127.0.0.1": None, "all://localhost": None}
"""What runs on this machine is never asked for through the proxy that HTTP_PROXY names."""
_SILENCE = 45.0
"""Seconds without a byte after which a stream is given up; the service sends something every 15."""


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
        return cls(url.rstrip("/"), token)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}

    @property
    def stream(self) -> str:
        """The address of the event stream."""
        return f"{self.url}/{API}/events"

    @property
    def stream_timeout(self) -> float:
        """Seconds of silence after which the stream counts as broken."""
        return _SILENCE

    @property
    def verify(self) -> bool:
        """Whether certificates will be looked at: reading all of them takes longer than a call without TLS."""
        return not self.url.startswith("http://")

    def address(self, call: Call[Any]) -> str:
        """Return the full address of a call."""
        return f"{self.url}/{API}/{call.path}"

    def content(self, call: Call[Any]) -> dict[str, Any]:
        """Return parameters and body of a call as httpx takes them."""
        content: dict[str, Any] = {"params": dict(call.params)}
        if call.body is not None:
            content["json"] = call.body.model_dump(mode="json", exclude_none=True)
        return content
