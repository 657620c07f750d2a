"""Links that name the hub's origin where the door has one of its own: they lead on, and to nothing there."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from maia_hub.service.xsrf import SAFE

_MISDIRECTED = 421


class Astray:
    """ASGI middleware: what comes by the hub's name is sent on to ``door``, and reaches neither API nor tool."""

    def __init__(self, app: ASGIApp, hub: str, door: str) -> None:
        self._app = app
        self._hub = urlsplit(hub).hostname
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and self._came_by_the_hubs(scope):
            await self._answer(scope)(scope, receive, send)
        elif scope["type"] == "websocket" and self._came_by_the_hubs(scope):
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, send)

    def _came_by_the_hubs(self, scope: Scope) -> bool:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname == self._hub

    def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in SAFE:
            return PlainTextResponse(f"The tools are at {self._door}", _MISDIRECTED)
        path = scope["raw_path"].decode("ascii", "replace")
        query = scope["query_string"].decode("ascii", "replace")
        return RedirectResponse(f"{self._door}{path}{f'?{query}' if query else ''}", 307)
