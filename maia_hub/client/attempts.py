"""When a call is worth another attempt, and how long to wait for it.

A call may be sent again if it changes nothing anyway, or because it bears an `Idempotency-Key`, so that the service
does it once and answers it as often as it is asked. The table of calls says which may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx

from maia_hub.client.models import PROBLEM_TYPE
from maia_hub.core.errors import InProgress

KEY = "Idempotency-Key"
SAFE = frozenset({"GET"})
PAUSES = (0.2, 0.6)
"""Seconds before the second and the third attempt: a service that is restarted is back within one."""
_AWAY = frozenset({429, 502, 503, 504})
LONGEST = 15.0
"""Seconds that a call waits at most where the service says when to come back."""
_IN_PROGRESS = f'"{PROBLEM_TYPE}{InProgress.code}"'.encode()


def key_for(method: str) -> dict[str, str]:
    """Return the header that makes a call one that may be sent again, if it needs one."""
    return {} if method in SAFE else {KEY: f'"{uuid4()}"'}


def pauses(repeats: bool) -> Iterator[float | None]:
    """Yield for each attempt how long to wait after it if it fails; None after the last one."""
    if repeats:
        yield from PAUSES
    yield None


def lost(error: httpx.TransportError) -> bool:
    """Tell whether a connection failed at once; who has waited for the whole time-out is told so."""
    return not isinstance(error, httpx.TimeoutException)


def again(response: httpx.Response, pause: float | None) -> float | None:
    """Return how long to wait before another attempt: as long as the answer says; None if this one is the last."""
    if pause is None or not _passing(response):
        return None
    said = response.headers.get("Retry-After", "")
    asked = float(said) if said.isascii() and said.isdecimal() else 0.0
    return max(asked, pause) if asked <= LONGEST else None


def _passing(response: httpx.Response) -> bool:
    """Tell whether an answer says no more than that it is too early to ask, or that too much was asked."""
    return response.status_code in _AWAY or (
        response.status_code == httpx.codes.CONFLICT and _IN_PROGRESS in response.content
    )
