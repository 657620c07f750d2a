"""What leads from a path to a tool: every request that is not for the door itself."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from maia_hub.core.errors import NotFound, NotSignedIn, Unavailable
from maia_hub.door import filed, guests, pages
from maia_hub.door.admitting import Visit, admitted
from maia_hub.door.context import Door
from maia_hub.door.forward import forward
from maia_hub.door.keys import HEADER
from maia_hub.door.paths import ToolPath, is_ours, no_such_path, tool_path
from maia_hub.door.sockets import forward_socket
from maia_hub.tools.model import Page

OWN = "/.maia/"
"""Below a tool's path: what its page asks of the door."""


class Gate:
    """An ASGI app."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        prefix = self._door.settings.prefix
        if is_ours(scope["path"], prefix):
            raise no_such_path(scope["path"])
        shared = guests.shared_path(scope["raw_path"], prefix)
        if shared is not None:
            await self._shared(scope, receive, send, shared)
            return
        path = tool_path(scope["raw_path"], prefix)
        if scope["type"] == "websocket":
            await forward_socket(scope, receive, send, self._door, path)
            return
        request = Request(scope, receive)
        response = await self._answered(request, path)
        if isinstance(response, Visit):
            await forward(request, receive, send, response, self._door)
        else:
            await response(scope, receive, send)

    async def _shared(self, scope: Scope, receive: Receive, send: Send, path: ToolPath) -> None:
        """Lead a guest, or to the sign-in; what is shared has no WebSockets."""
        if scope["type"] == "websocket":
            raise no_such_path(scope["path"])
        request = Request(scope, receive)
        try:
            visit = await guests.led(request, self._door, path)
        except NotSignedIn:
            if not comes_to_look(request):
                raise
            await self._to_sign_in(request)(scope, receive, send)
        except Unavailable as e:
            await guests.waiting(request, e)(scope, receive, send)
        else:
            await guests.answer(scope, receive, send, visit, self._door)

    async def _answered(self, request: Request, path: ToolPath) -> Response | Visit:
        """Return an answer of the door's own, or a visit to be forwarded."""
        if asks_ahead(request):
            headers = pages.preflight(request.headers.get("access-control-request-headers", ""))
            return Response(status_code=204, headers=dict(headers))
        try:
            visit = await admitted(request, self._door, path)
        except NotSignedIn:
            if comes_to_look(request):
                return self._to_sign_in(request)
            raise
        if not path.rest:
            return RedirectResponse(f"{self._door.settings.prefix}{path.below}/", 307)
        return self._by_kind(request, visit)

    def _by_kind(self, request: Request, visit: Visit) -> Response | Visit:
        kind, below = visit.tool.kind, visit.path.rest[1:]
        if visit.path.rest.startswith(OWN):
            return self._own(request, visit)
        if kind.page is Page.OUTSIDE or (kind.only and not below.startswith(kind.only)):
            raise NotFound(
                "The door does not lead there.",
                given=visit.path.rest[:200],
                allowed=[f"{visit.path.below}/{each}" for each in kind.only],
                advice="Use the tool as the panel “Project” shows.",
            )
        if kind.static is not None:
            return filed.answer(request, visit, self._door)
        return visit

    def _own(self, request: Request, visit: Visit) -> Response:
        """Renew the key of a page."""
        if visit.path.rest != f"{OWN}key" or request.method != "POST" or visit.via != "key":
            raise no_such_path(visit.path.rest)
        path, door = visit.path, self._door
        key = door.keys.make(visit.sign_in, path.project, path.tool, door.clock())
        headers = [*pages.readable(request.headers.get("origin"), visit.via), ("Cache-Control", "no-store")]
        return JSONResponse({"key": key}, headers=dict(headers))

    def _to_sign_in(self, request: Request) -> Response:
        here = request.scope["raw_path"].decode("ascii", "replace")
        here += f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{self._door.settings.login}?next={quote(here, safe='/')}", 302)


def asks_ahead(request: HTTPConnection) -> bool:
    """Tell whether a browser asks whether a sandboxed page may ask."""
    headers = request.headers
    asks = request.scope["method"] == "OPTIONS" and "access-control-request-method" in headers
    return asks and headers.get("origin") == "null"


def comes_to_look(request: Request) -> bool:
    """Tell whether a person comes to see a page: by any link to a window, or in a frame of the platform's own."""
    headers = request.headers
    dest = headers.get("sec-fetch-dest", "document")
    framed = dest in ("iframe", "frame") and headers.get("sec-fetch-site") in ("same-origin", "same-site")
    shows = "authorization" in headers or HEADER in headers
    looks = request.method == "GET" and "text/html" in headers.get("accept", "")
    return looks and not shows and (framed or dest == "document")
