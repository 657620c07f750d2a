"""Requests that change something must come from our own pages, not from a page that borrowed the cookie."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from maia_hub.core.errors import Forbidden
from maia_hub.service.settings import ServiceSettings

HEADER = "X-XSRFToken"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def token_for(secret: str) -> str:
    """Return the XSRF token of a session: made from its secret cookie, which no script can read."""
    return hmac.new(secret.encode(), b"maia-hub xsrf", "sha256").hexdigest()


def check(request: Request, secret: str, settings: ServiceSettings) -> None:
    """Raise `Forbidden` unless a cookie-authenticated change comes from this origin and bears the token."""
    if request.method in SAFE:
        return
    _check_origin(request, settings)
    given = request.headers.get(HEADER, "")
    if not hmac.compare_digest(given.encode(), token_for(secret).encode()):
        raise Forbidden(
            f"The request lacks a valid {HEADER} header.",
            allowed=f"the value “xsrf” of GET {settings.api}/me",
            advice="Reload the page and try again.",
        )


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _check_origin(request: Request, settings: ServiceSettings) -> None:
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    own = urlsplit(settings.public_url).netloc if settings.public_url else request.headers.get("host", "")
    if site != "same-origin" or (origin is not None and _host(origin) != own):
        raise Forbidden(
            "The request came from a page of another site.",
            given=(origin or site)[:200],
            allowed="requests of this hub's own pages",
            advice="Use the pages of this hub.",
        )
