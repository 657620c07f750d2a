"""What wraps every request: security headers on the answer, a count, and a log line without the query."""

from __future__ import annotations

import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maia_hub.service import limits
from maia_hub.service.metrics import Metrics

CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""Inline styles only, for a timeline computes positions; no inline script, nothing from elsewhere."""

SECURITY = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = structlog.get_logger("maia.service.access")


class Envelope:
    """ASGI middleware; plain, for one that reads the body would hold back the event stream."""

    def __init__(self, app: ASGIApp, metrics: Metrics, quiet: frozenset[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._quiet = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                headers.update(limits.headers_of(scope))
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            self._metrics.count(_method(scope), _subject(scope), status)
            if scope["path"] not in self._quiet:
                seconds = round(time.perf_counter() - begun, 4)
                _log.info(
                    "request", method=scope["method"], path=scope["path"], status=status, seconds=seconds
                )


def _method(scope: Scope) -> str:
    """Name the method; a made-up one must not become a time series of its own."""
    method: str = scope["method"]
    return method if method in METHODS else "other"


def _subject(scope: Scope) -> str:
    """Name the route that answered, such as ``bookings.book``: never by its path, which has ids in it."""
    endpoint = scope.get("endpoint")
    if endpoint is None:
        return "none"
    name = getattr(endpoint, "__name__", type(endpoint).__name__)
    return f"{endpoint.__module__.rpartition('.')[2]}.{name}"
