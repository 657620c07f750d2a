"""The way to MONAI Label: whoever does not show the word is told nothing; loopback is open to all who are here."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, PlainTextResponse

from . import guests
from .handing import OURS, asks

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_VIEWER = "/ohif/"
_CLOSED = ("/proxy/", "/auth/")  # the first drops queries, the other is answered in front of this
_LEFT_OUT = {"sw.js", "google.js", "init-service-worker.js", "_headers", "_redirects"}


class Viewer:
    """Files of folders, an earlier one's before a later one's; any other path is the viewer's page."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = [folder.resolve() for folder in folders]

    def find(self, path: str) -> Path | None:
        """Return the file that a path below the viewer's means."""
        if path in _LEFT_OUT:
            return None
        found = self._there(path or "index.html")
        return found or (None if "." in path.rpartition("/")[2] else self._there("index.html"))

    def _there(self, wanted: str) -> Path | None:
        for folder in self._folders:
            try:
                file = (folder / wanted).resolve()
                if file.is_relative_to(folder) and file.is_file():
                    return file
            except (OSError, ValueError):  # a name that no file can have
                return None
        return None


class Guarded:
    """An application that answers nobody who does not show the word; ``inner`` gives it when it is first needed.

    ``ours`` answers what is not MONAI Label's.
    """

    def __init__(
        self, secret: str, viewer: Viewer, inner: Callable[[], Application], ours: Application
    ) -> None:
        self._wanted = f"Bearer {secret}".encode()
        self._viewer = viewer
        self._inner = inner
        self._ours = ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; hand on to MONAI Label what is for it, without the word."""
        if scope["type"] == "http":
            answer = self._refusal(scope) or self._file(scope["path"])
            if answer is not None:
                await answer(scope, receive, send)
                return
            guests.GUEST.set(guests.comes(scope))
            kept = [header for header in scope["headers"] if header[0] != b"authorization"]
            scope = {**scope, "headers": kept}
            asks(scope)
            if scope["path"].startswith(OURS):
                await self._ours(scope, receive, send)
                return
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._inner()(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        shown = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(shown) != 1 or not hmac.compare_digest(shown[0], self._wanted):
            return PlainTextResponse("Only by the door to MONAI Label.", 401)
        if f"{scope['path']}/".startswith(_CLOSED):
            return PlainTextResponse("There is nothing here.", 404)
        if guests.comes(scope) and guests.names_file(scope):
            return PlainTextResponse(guests.WHY, 403)
        return None

    def _file(self, path: str) -> FileResponse | PlainTextResponse | None:
        if not f"{path}/".startswith(_VIEWER):
            return None
        found = self._viewer.find(path[len(_VIEWER) :])
        return FileResponse(found) if found else PlainTextResponse("There is nothing here.", 404)
