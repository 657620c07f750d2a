"""No request may bring more than a request of ours ever needs."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 64 * 1024
"""Bytes; the largest request of the API, a booking with its note, has less than one thousand."""


class BodyLimit:
    """ASGI middleware that gives up reading a body that is too large, with or without Content-Length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST:
                raise HTTPException(413, f"The request is larger than {LARGEST} bytes.")
            return message

        await self._app(scope, receive_within_limit if scope["type"] == "http" else receive, send)
