"""The hub's refusals as our own errors, bounded in length."""

from __future__ import annotations

from typing import NoReturn

import httpx

from maia_hub.core.errors import Conflict, Forbidden, MaiaError, NotFound, Unavailable

_LONGEST = 300
_BY_STATUS: dict[int, type[MaiaError]] = {
    400: Conflict,
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
}
_ADVICE: dict[type[MaiaError], str] = {
    Conflict: "The server is in another state than expected; look again and retry.",
    Forbidden: "Give the token's role the scopes that maia_hub.hub.SCOPES names.",
    NotFound: "Check the names of user and server.",
    Unavailable: "It is tried again; see the hub's log if this lasts.",
}


def refuse(reply: httpx.Response) -> NoReturn:
    """Raise the error that an unsuccessful reply stands for."""
    kind = _BY_STATUS.get(reply.status_code, Unavailable)
    raise kind(
        f"JupyterHub answered {reply.status_code}: {_message(reply)}",
        given=f"{reply.request.method} {reply.request.url.path}",
        advice=_ADVICE[kind],
    )


def _message(reply: httpx.Response) -> str:
    try:
        text = str(reply.json()["message"])
    except (ValueError, KeyError, TypeError):
        text = reply.reason_phrase or "no reason given"
    return text[:_LONGEST]
