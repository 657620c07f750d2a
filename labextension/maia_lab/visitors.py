"""Who else comes into this server: told to the service before she is served, and shut out when the service says so.

The hub decides who may open a server; here that is made known to its owner and to the audit log. The visitor's own
token is what the service asks the hub about: nobody can be named who was not given one.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler

from maia_hub.core.errors import Forbidden, MaiaError, NotSignedIn
from maia_lab.workspace import Workspace

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_PATIENCE = 60.0  # seconds for which connections stay open while the service does not answer
_AGAIN = 5.0  # seconds
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1

Ask = Callable[[str], Awaitable[float]]
"""Tells the service of a visitor by her token; returns for how many seconds she may be served until the next time."""


@dataclass
class _Guest:
    """One who was here: until when she is served without a question, and her open connections."""

    token: str = field(repr=False)
    until: float = float("-inf")
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    sockets: WeakSet[Any] = field(default_factory=WeakSet)
    keeper: asyncio.Task[None] | None = None


class Visitors:
    """Everybody but the ``owner`` of this server who came."""

    def __init__(
        self, owner: str, ask: Ask, clock: Callable[[], float] = time.monotonic, again: float = _AGAIN
    ) -> None:
        self._owner = owner
        self._ask = ask
        self._clock = clock
        self._again = again
        self._guests: dict[str, _Guest] = {}

    async def admit(self, name: str, token: str, handler: object) -> None:
        """Let a request pass; one that comes in the name of somebody else only after the service was told of her.

        Raises:
            HTTPError: 403 if the service says so, 503 if it does not answer: what it does not know of is not served.
        """
        if name == self._owner:
            return
        guest = self._guests.setdefault(name, _Guest(token))
        async with guest.turn:
            if guest.until < self._clock() or guest.token != token:
                guest.token = token
                await self._tell(guest)
        if isinstance(handler, WebSocketHandler):
            guest.sockets.add(handler)
            if guest.keeper is None or guest.keeper.done():
                guest.keeper = asyncio.create_task(self._keep(guest))

    async def _tell(self, guest: _Guest) -> None:
        guest.until = float("-inf")
        try:
            guest.until = self._clock() + await self._ask(guest.token)
        except (Forbidden, NotSignedIn) as e:
            raise HTTPError(403, _said(e), reason="Forbidden") from e
        except MaiaError as e:
            raise HTTPError(503, _said(e), reason="Service Unavailable") from e

    async def _keep(self, guest: _Guest) -> None:
        """Ask again and again as long as she has connections; cut them when she may be here no more."""
        answered = self._clock()
        while guest.sockets:
            await asyncio.sleep(max(guest.until - self._clock(), self._again))
            try:
                async with guest.turn:
                    await self._tell(guest)
                answered = self._clock()
            except HTTPError as e:
                if e.status_code == 403 or self._clock() - answered > _PATIENCE:
                    _cut(guest)


def _cut(guest: _Guest) -> None:
    for socket in list(guest.sockets):
        socket.close(_POLICY_VIOLATION, "You may not be in this server any more.")
    guest.sockets.clear()


def _said(error: MaiaError) -> str:
    return f"{error.message} {error.advice or ''}".strip()


def watch(app: ServerApp, workspace: Workspace) -> None:
    """Look at every request of a server that a hub has started; whoever comes without the hub is nobody else."""
    provider: Any = app.identity_provider
    own_token = os.environ.get("JUPYTERHUB_API_TOKEN", "")
    if workspace.service_url is None or not own_token or not hasattr(provider, "hub_auth"):
        return

    async def ask(token: str) -> float:
        from maia_hub.client import AsyncClient  # noqa: PLC0415 - most servers never have a visitor

        async with AsyncClient(str(workspace.service_url), own_token) as client:
            return (await client.visit(workspace.server, token)).seconds

    visitors, hub_says = Visitors(workspace.user, ask), provider.get_user

    async def get_user(handler: Any) -> Any:
        user = await hub_says(handler)
        if user is not None and user.hub_user.get("kind") == "user":
            await visitors.admit(user.username, provider.hub_auth.get_token(handler) or "", handler)
        return user

    provider.get_user = get_user
