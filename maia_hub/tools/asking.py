"""How a tool fares that runs elsewhere: it is asked."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import httpx

from maia_hub.tools.model import Page, State, Status, Tool


async def status(tool: Tool, http: httpx.AsyncClient, now: datetime) -> Status:
    """Return how a tool fares now; one that only is a link is not asked."""
    health = tool.kind.health
    if tool.wrong:
        return Status(State.FAILING, now, tool.wrong)
    if health is None or tool.kind.page is Page.OUTSIDE:
        return Status(State.READY, now)
    try:
        answer = await http.get(f"{tool.address}{health.path}", headers=tool.headers())
    except httpx.HTTPError as e:
        return Status(State.UNREACHABLE, now, f"It does not answer: {_words(e)}.")
    if answer.status_code not in health.accepts:
        return Status(State.FAILING, now, f"It answers with HTTP {answer.status_code}.")
    version = None
    with suppress(ValueError, KeyError, TypeError):
        version = health.version(answer)
    return Status(State.READY, now, version=version or "")


def _words(error: httpx.HTTPError) -> str:
    """Say why, without the address and what may stand in it."""
    if isinstance(error, httpx.TimeoutException):
        return "there was no answer in time"
    return "the connection was refused or cut" if isinstance(error, httpx.TransportError) else "no answer"
