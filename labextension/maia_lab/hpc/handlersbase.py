"""What the routes about jobs share. The library behind them is loaded by the first call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError

from maia_hub.core.errors import InvalidInput, MaiaError, Unavailable

if TYPE_CHECKING:
    from maia_lab.hpc.paneldesk import Desk

_DESK = "maia_hpc_desk"


class PanelHandler(APIHandler):
    """What all of them share: the desk, bodies, and errors as problem+json."""

    auth_resource = "maia"

    @property
    def desk(self) -> Desk:
        """Return the server's one desk."""
        if _DESK not in self.settings:
            try:
                # Not at the top: it loads half a second's worth.
                from maia_lab.hpc.paneldesk import Desk  # noqa: PLC0415
                from maia_lab.hpc.panelerrands import over  # noqa: PLC0415
            except ImportError as e:
                raise Unavailable(
                    "Jobs are not installed here.",
                    advice="pip install 'maia-hub[hpc]' where this server runs.",
                ) from e
            self.settings[_DESK] = Desk(Path(self.settings["server_root_dir"]).expanduser(), over)
        desk: Desk = self.settings[_DESK]
        return desk

    @property
    def errands(self) -> ModuleType:
        """Return what can be done."""
        from maia_lab.hpc import panelerrands  # noqa: PLC0415

        return panelerrands

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
            from maia_lab.hpc.panelviews import problem  # noqa: PLC0415

            told = problem(error)
            self.set_status(told["status"])
        else:
            said = getattr(error, "log_message", None) or self._reason
            told = {"type": "about:blank", "title": self._reason, "status": status_code, "detail": str(said)}
        self.finish(json.dumps(told), set_content_type="application/problem+json")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what is our fault alone."""
        if not isinstance(value, MaiaError):
            super().log_exception(typ, value, tb)


class StreamHandler(PanelHandler):
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

    def on_connection_close(self) -> None:
        """Tell no more."""
        super().on_connection_close()
        if self._streaming:
            self._streaming.cancel()
