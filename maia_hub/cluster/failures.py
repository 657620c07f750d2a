"""The client library's failures and the API's refusals as our own errors, bounded in length."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import aiohttp
from kubernetes_asyncio.client.exceptions import OpenApiException

from maia_hub.core.errors import Conflict, Forbidden, InvalidInput, MaiaError, NotFound, Unavailable

_LONGEST = 300


_BY_STATUS: dict[int, type[MaiaError]] = {
    400: InvalidInput,
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Conflict,
    422: InvalidInput,
}
_ADVICE: dict[type[MaiaError], str] = {
    Conflict: "It has changed meanwhile; look again and retry.",
    Forbidden: "Give the service account the rights that maia_hub.cluster names.",
    InvalidInput: "This is a fault of the platform; see its log.",
    NotFound: "It may have ended meanwhile.",
    Unavailable: "It is tried again; see the API server's state if this lasts.",
}


def refuse(status: int, body: str, what: str) -> NoReturn:
    """Raise the error that an unsuccessful answer of the API (its ``Status`` object) stands for."""
    kind = _BY_STATUS.get(status, Unavailable)
    message = f"Kubernetes answered {status}: {_message(body)}"
    raise kind(message, given=what[:_LONGEST], advice=_ADVICE[kind])


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise `Unavailable` for whatever the connection fails with; ``what`` says what was being done."""
    try:
        yield
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, OpenApiException) as e:
        raise Unavailable(
            "Kubernetes does not answer.",
            given=f"{what[:_LONGEST]}: {type(e).__name__}",
            advice=_ADVICE[Unavailable],
        ) from e


def _message(body: str) -> str:
    try:
        text = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        text = body or "no reason given"
    return text[:_LONGEST]
