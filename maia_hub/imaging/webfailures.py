"""What an image server's refusals and silences mean, in the words of the one family of errors."""

from __future__ import annotations

import httpx

from maia_hub.core.errors import Forbidden, InvalidInput, MaiaError, NotFound, NotSignedIn, Unavailable

PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses after which the same may be asked again."""
_FULL = 507
_LONGEST = 200


def silent(url: str, error: httpx.HTTPError) -> Unavailable:
    """Return the error for a server that does not answer, or whose answer breaks off."""
    words = str(error) or type(error).__name__
    return Unavailable(
        f"The image server at {_host(url)} does not answer: {words[:_LONGEST]}",
        advice="Look whether it runs and can be reached; what has arrived is kept and does not travel again.",
    )


def silent_end(url: str) -> Unavailable:
    """Return the error for an object of which the end never came."""
    return Unavailable(f"The image server at {_host(url)} sent only a part of an object.")


def refusing(response: httpx.Response) -> MaiaError:
    """Return the error for an answer that is none of those that were hoped for; its body has been read."""
    status, host = response.status_code, _host(str(response.url))
    words = said(response)
    if status == 401:
        return NotSignedIn(f"The image server at {host} wants other credentials.")
    if status == 403:
        return Forbidden(f"The image server at {host} does not let this account do that.")
    if status == 404:
        return NotFound(f"The image server at {host} does not have it.")
    if status == _FULL:
        return no_room(host)
    if 400 <= status < 500 and status not in PASSING:
        return InvalidInput(f"The image server at {host} refuses this ({status}): {words}")
    return Unavailable(f"The image server at {host} failed ({status}): {words}", details={"status": status})


def no_room(host: str) -> Unavailable:
    """Return the error for a server that has no room."""
    return Unavailable(
        f"The image server at {host} stores nothing more: its disk or quota is full, or cannot be written.",
        advice="Make room there; what it has taken stays, and the same again sends the rest.",
    )


def storing_nothing(url: str) -> Unavailable:
    """Return the error for a server that takes what it is sent and stores none of it."""
    return no_room(_host(url))


def said(response: httpx.Response) -> str:
    """Return what the server itself said, in one short line."""
    try:
        found = response.json()
    except ValueError:
        found = None
    if isinstance(found, dict):
        words = (
            found.get("Details") or found.get("Message") or found.get("errorMessage") or found.get("detail")
        )
        if isinstance(words, str):
            return words[:_LONGEST]
    kind = response.headers.get("content-type", "")
    plain = response.text if kind.startswith("text/plain") else ""
    return " ".join(plain.split())[:_LONGEST] or response.reason_phrase


def _host(url: str) -> str:
    """Return the server's name without what may be secret in an address."""
    return httpx.URL(url).netloc.decode("ascii", "replace")
