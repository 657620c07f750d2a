"""Guests of a tool that somebody shares: ``PREFIX/shared/ID/…`` leads to it, and to nothing else of the workspace."""

from __future__ import annotations

import asyncio
import mimetypes
import re
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote
from uuid import UUID

import aiohttp
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from yarl import URL

from maia_hub.client.models import PROBLEM_TYPE, Problem, ToolLead
from maia_hub.core.errors import NotFound, Unavailable
from maia_hub.door import leading, pages
from maia_hub.door.admitting import Visit, shown
from maia_hub.door.context import Door
from maia_hub.door.forward import forward
from maia_hub.door.paths import ToolPath, refuse_climbing
from maia_hub.monailabel import guestviewer
from maia_hub.service.problems import MEDIA_TYPE

FIRST = "shared"
_PATH = re.compile(rf"/{FIRST}/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})(/.*)?", re.DOTALL)
_VIEWER = "/ohif/"
_PROBE = f"{_VIEWER}app.bundle.css"
"""What costs MONAI Label nothing to answer."""
_WAKES_WITHIN = 20.0
"""Seconds in which a workspace that was knocked at has told its word; a page does not wait, for it looks again."""
_LOOK = 0.2
_AGAIN = 3
"""Seconds after which a page looks again by itself."""
_LARGEST = 64 * 2**20
"""Bytes of a file of the viewer; the largest has 14 MB."""
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
}
_DATA = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_WAITING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="{again}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>MONAI Label</title><h1>MONAI Label is not there now</h1><p>{0}</p><p>{1}</p></html>
"""


def shared_path(raw: bytes, prefix: str) -> ToolPath | None:
    """Return the path of something shared; None if it is another one. No tool of a project has so long a name."""
    rest = raw.removeprefix(prefix.encode())
    found = _PATH.fullmatch(rest.decode("ascii", "replace"))
    if found is None:
        return None
    refuse_climbing(rest)
    return ToolPath(FIRST, found[1], found[2] or "")


async def led(connection: HTTPConnection, door: Door, path: ToolPath) -> Visit:
    """Return the visit of a guest.

    Raises:
        NotSignedIn: nothing was shown, or nothing that counts.
        NotFound, Forbidden: nothing is shared with her there, or not any more.
        Unavailable: the workspace has not told its word yet.
    """
    user, groups, via, sign_in = await shown(connection, door, path)
    found = await door.shares.lead(UUID(path.tool), user)
    leading.require_member(groups, door.projects, found.share)
    tool = leading.tool_of(found, door.platform, door.settings.hub_origin)
    visit = Visit(tool, leading.Elsewhere(), path, quote(user), via, sign_in, found)
    if door.shares.known(found.word):
        return visit
    return await _known(visit, user, door, 0.0 if _is_page(connection) else _WAKES_WITHIN)


async def answer(scope: Scope, receive: Receive, send: Send, visit: Visit, door: Door) -> None:
    """Answer a request of a guest."""
    request = Request(scope, receive)
    try:
        own = await _own(request, visit, door)
        if own is None:
            await forward(request, receive, send, visit, door)
            return
    except Unavailable as e:
        own = waiting(request, e)
    await own(scope, receive, send)


def waiting(request: Request, error: Unavailable) -> Response:
    """Say what is not there, in a page that looks again by itself, or to a program."""
    headers = {"Retry-After": str(_AGAIN), "Cache-Control": "no-store"}
    if _is_page(request):
        text = _WAITING.format(escape(error.message), escape(error.advice or ""), again=_AGAIN)
        policy = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'"}
        return HTMLResponse(text, 503, {**headers, **policy})
    problem = Problem(
        type=PROBLEM_TYPE + error.code,
        title=error.title,
        status=503,
        detail=error.message,
        advice=error.advice,
    )
    return JSONResponse(problem.model_dump(exclude_none=True), 503, headers, MEDIA_TYPE)


async def _own(request: Request, visit: Visit, door: Door) -> Response | None:
    """Return an answer of the door's own; None if the workspace answers."""
    rest = visit.path.rest
    if rest in ("", "/"):
        return RedirectResponse(f"{door.settings.prefix}{visit.path.below}{_VIEWER}", 307)
    if not rest.startswith(_VIEWER):
        return None
    if request.method not in ("GET", "HEAD"):
        raise NotFound("The door does not lead there.", given=rest[:200])
    return await _viewer(rest.removeprefix(_VIEWER), visit, door, request)


async def _viewer(below: str, visit: Visit, door: Door, request: Request) -> Response:
    base = f"{door.settings.prefix}{visit.path.below}"
    name = guestviewer.called(below)
    made = guestviewer.made(base, _images(visit, door))
    if name in made:
        if name == "index.html":
            await _probe(visit, door)
        return _file(name, made[name].encode(), door, "no-cache")
    async with _asked(f"{_VIEWER}{name}", visit, door) as found:
        leading.judge(found.headers, _lead_of(visit).share)
        if found.status != 200:
            raise NotFound("The viewer has no such file.", given=name[:200])
        content = await _whole(found)
    guestviewer.check(name, content)
    return _file(name, content, door, "private, max-age=3600")


def _images(visit: Visit, door: Door) -> str:
    """Return where a browser finds the images of the project; nothing if the project has no server of images."""
    for tool, _ in door.shelf.tools(visit.tool.project):
        if tool.kind.name == "orthanc":
            return f"{door.settings.prefix}/{visit.tool.project}/{tool.name}/dicom-web"
    return ""


def _asked(path: str, visit: Visit, door: Door) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
    """Ask the workspace in the guest's name."""
    return door.carrier.http.get(
        URL(f"{visit.tool.address}{path}", encoded=True),
        headers={**visit.tool.headers(visit.user), "Accept-Encoding": "identity"},
        allow_redirects=False,
    )


async def _probe(visit: Visit, door: Door) -> None:
    """Raise `Unavailable` unless the workspace knows the word, and its MONAI Label answers."""
    share = _lead_of(visit).share
    try:
        async with _asked(_PROBE, visit, door) as found:
            leading.judge(found.headers, share)
            if found.status >= 500:
                raise leading.starting(share)
    except (aiohttp.ClientError, asyncio.TimeoutError) as e:
        raise leading.away(share) from e


async def _known(visit: Visit, user: str, door: Door, within: float) -> Visit:
    """Knock at the workspace, and return the visit with the word that it wants to hear now."""
    until = time.monotonic() + within
    while True:
        lead = _lead_of(visit)
        try:
            await _probe(visit, door)
        except leading.WordWanted:
            if time.monotonic() > until:
                raise
        else:
            door.shares.heard(lead.word or "")
            return visit
        await asyncio.sleep(_LOOK)
        lead = await door.shares.lead(lead.share.id, user)
        tool = leading.tool_of(lead, door.platform, door.settings.hub_origin)
        visit = replace(visit, tool=tool, lead=lead)


async def _whole(found: aiohttp.ClientResponse) -> bytes:
    """Return a file of the viewer."""
    content = bytearray()
    async for part in found.content.iter_any():
        content += part
        if len(content) > _LARGEST:
            raise NotFound("The viewer has no such file.", given=f"more than {_LARGEST} bytes")
    return bytes(content)


def _file(name: str, content: bytes, door: Door, caching: str) -> Response:
    """Answer with a file: what is known to the byte may run, all else is data, whatever it says that it is."""
    suffix = PurePosixPath(name).suffix.lower()
    trusted = guestviewer.runs(name)
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    said = [
        ("Cache-Control", caching),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]
    policy = pages.TRUSTED.format(ancestors=door.ancestors) if trusted else _DATA
    return Response(content, media_type=kind, headers=dict([*said, ("Content-Security-Policy", policy)]))


def _lead_of(visit: Visit) -> ToolLead:
    if visit.lead is None:
        raise TypeError("only guests are led")
    return visit.lead


def _is_page(connection: HTTPConnection) -> bool:
    return "text/html" in connection.headers.get("accept", "")
