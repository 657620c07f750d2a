"""The portal's pages: built files, the start page after a sign-in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.responses import Response

from maia_hub.core.errors import NotFound
from maia_hub.service.context import Context, ContextDep
from maia_hub.service.sessions import COOKIE

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>MAIA Hub</title>
<h1>The portal is not built</h1>
<p>The booking service runs, but its pages are missing from this installation. Build them with
<code>make portal</code>, or book from JupyterLab and with <code>maia book</code> meanwhile.</p></html>
"""
_ASK = "no-cache"
_FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@router.get("")
async def bare(context: ContextDep) -> Response:
    """Send the path without its slash to the one with it."""
    return RedirectResponse(f"{context.settings.prefix}/", 302)


@router.get("/{path:path}")
async def page(request: Request, context: ContextDep, path: str) -> Response:
    """Return the start page to a signed-in user, a built file to anybody; any other path leads to the start.

    The pages route by the part after ``#``, which a redirect keeps.
    """
    if path.startswith(("api/", "assets/")) and _inside(context.settings.portal, path) is None:
        raise no_such_path(request.url.path)
    if not path:
        return await _start(request, context)
    file = _inside(context.settings.portal, path)
    if file is None:
        return RedirectResponse(f"{context.settings.prefix}/", 302)
    caching = _FOREVER if path.startswith("assets/") else _ASK
    return FileResponse(file, headers={"Cache-Control": caching})


def no_such_path(path: str) -> NotFound:
    """Return the error for a path that leads nowhere."""
    return NotFound("There is no such path.", given=path[:200], allowed="the paths that openapi.json lists")


async def _start(request: Request, context: Context) -> Response:
    if await context.sessions.person(request.cookies.get(COOKIE, "")) is None:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{context.settings.login}?next={quote(here, safe='/')}", 302)
    index = context.settings.portal / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, 200)
    return FileResponse(index, headers={"Cache-Control": _ASK})


def _inside(root: Path, path: str) -> Path | None:
    """Return the file at ``path`` under ``root``; never one outside, never the start page itself."""
    if not path or path == "index.html" or "\0" in path:
        return None
    file = (root / path).resolve()
    return file if file.is_relative_to(root.resolve()) and file.is_file() else None
