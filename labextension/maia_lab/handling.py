"""What the routes of all subjects share: bodies, answers, errors as problem+json, and streams of events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError

from maia_hub.core import errors
from maia_hub.core.errors import InvalidInput, MaiaError
from maia_lab.feeds import Feed

STATUS: Mapping[type[MaiaError], int] = {
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.NotSignedIn: 403,  # not 401: a browser would ask its person for a password
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    MaiaError: 400,
}
BEAT = 15.0
"""Seconds of silence after which a stream says that it is alive: proxies cut those that say nothing for a minute."""


def problem(error: MaiaError, status: Mapping[type[MaiaError], int] = STATUS) -> dict[str, Any]:
    """Return an error in the shape that every error of the platform has (RFC 9457)."""
    return {
        "type": f"urn:maia:{error.code}",
        "title": error.title,
        "status": next(status[cls] for cls in type(error).__mro__ if cls in status),
        "detail": error.message,
        "given": None if error.given is None else str(error.given),
        "allowed": None if error.allowed is None else str(error.allowed),
        "advice": error.advice,
    }


class JsonHandler(APIHandler):
    """Takes and gives JSON; an error of ours is a problem."""

    auth_resource = "maia"

    def problem_of(self, error: MaiaError) -> dict[str, Any]:
        """Return how an error is told."""
        return problem(error)

    def body(self) -> dict[str, Any]:
        """Return the body, an object."""
        try:
            found = json.loads(self.request.body or b"{}")
        except ValueError as e:
            raise InvalidInput("The body is not JSON.") from e
        if not isinstance(found, dict):
            raise InvalidInput("The body is to be an object.")
        return found

    def answer(self, value: Any, status: int = 200) -> None:
        """Answer with JSON."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(value))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a problem; nothing of a request is written to the log."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, MaiaError):
            told = self.problem_of(error)
            self.set_status(told["status"])
        else:
            said = getattr(error, "log_message", None) or self._reason
            told = {"type": "about:blank", "title": self._reason, "status": status_code, "detail": str(said)}
        self.finish(json.dumps(told), set_content_type="application/problem+json")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what is our fault alone."""
        if not isinstance(value, MaiaError):
            super().log_exception(typ, value, tb)


class EventHandler(JsonHandler):
    """Answers with events for as long as the browser listens, which is no activity of its person."""

    _track_activity = False
    _streaming: asyncio.Task[Any] | None = None

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[None]:
        """Answer with the events that are told meanwhile; what tells them is cancelled when the browser goes."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")
        await self.flush()
        self._streaming = asyncio.current_task()
        with suppress(StreamClosedError, asyncio.CancelledError):
            yield

    async def event(self, kind: str, value: Any, number: object = "") -> None:
        """Send an event; StreamClosedError if nobody is there any more."""
        line = f"id: {number}\n" if number != "" else ""
        self.write(f"{line}event: {kind}\ndata: {json.dumps(value)}\n\n")
        await self.flush()

    async def pass_on(self, queue: asyncio.Queue[Any]) -> None:
        """Send what comes through a queue, pairs of kind and value, and a beat when nothing does."""
        while True:
            with suppress(asyncio.TimeoutError):
                await self.event(*await asyncio.wait_for(queue.get(), BEAT))
                continue
            await self.event("beat", {})

    async def follow(self, feed: Feed, state: Callable[[], Awaitable[Any]]) -> None:
        """Answer with the state, then with what a feed tells, for as long as the browser listens."""
        async with self.stream():
            with feed.listening() as queue:
                await self.event("state", await state())
                await self.pass_on(queue)

    def on_connection_close(self) -> None:
        """Tell no more."""
        super().on_connection_close()
        if self._streaming:
            self._streaming.cancel()
