"""Whether a browser's request may use the cookie that it brings: never one that another page has caused."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from maia_hub.core.errors import Forbidden

_OURS = ("same-origin", "none")
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


def check_cookie(method: str, headers: Mapping[str, str], host: str) -> None:
    """Raise `Forbidden` for what a page of another origin has caused, a sandboxed one among them.

    Only to come here by a link is let through. A request that changes something must say where it comes from. The
    browser itself says it (Fetch Metadata Request Headers, W3C); the names of ``headers`` are found in any case.
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    navigates = method in _SAFE and headers.get("sec-fetch-mode") == "navigate"
    foreign = origin is not None and _host(origin) != host
    if site is not None and site not in _OURS and not navigates:
        raise _refused(origin or site)
    if (foreign and not navigates) or (method not in _SAFE and origin is None):
        raise _refused(origin or "no Origin")


def check_socket(headers: Mapping[str, str], host: str) -> None:
    """Raise `Forbidden` for a WebSocket that another origin's page opens with the cookie."""
    if _host(headers.get("origin", "")) != host:
        raise _refused(headers.get("origin", "no Origin"))


def _refused(given: str) -> Forbidden:
    return Forbidden(
        "The request came from a page of another site, or from one that may not act for you.",
        given=given[:200],
        allowed="requests of the tool's own page, and programs with a token",
        advice="Open the tool from JupyterLab.",
    )


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
