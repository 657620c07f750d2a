"""What wraps every request of the door: its own pages as the service's, what leads to a tool with a line in the log."""

from __future__ import annotations

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maia_hub.door.paths import is_ours
from maia_hub.service.bodies import BodyLimit
from maia_hub.service.headers import SECURITY, Envelope
from maia_hub.service.metrics import Metrics

_log = structlog.get_logger("maia.door.access")


class Frame:
    """ASGI middleware; bodies and headers that pass between a browser and a tool are not its business."""

    def __init__(self, app: ASGIApp, metrics: Metrics, prefix: str) -> None:
        self._app = app
        self._own = Envelope(BodyLimit(app), metrics, frozenset({f"{prefix}/health"}))
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif is_ours(scope["path"], self._prefix):
            await self._own(scope, receive, send)
        else:
            await self._to_tool(scope, receive, send)

    async def _to_tool(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = time.perf_counter(), 0

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_defaults(message["headers"])
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            seconds = round(time.perf_counter() - begun, 4)
            method = scope.get("method", "WEBSOCKET")
            _log.info("request", method=method, path=scope["path"][:500], status=status, seconds=seconds)


def _with_defaults(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Add the security headers that an answer does not have: the door's own words about a tool have none yet."""
    there = {name.lower() for name, _ in headers}
    if b"content-security-policy" in there:
        return headers
    missing = ((name.lower().encode(), value.encode()) for name, value in SECURITY.items())
    return [*headers, *((name, value) for name, value in missing if name not in there)]
