"""Signing in through the hub's OAuth, and out again."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Annotated
from urllib.parse import quote, unquote, urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from maia_hub.core.errors import NotSignedIn
from maia_hub.service.context import SignedIn, SignInDep
from maia_hub.service.sessions import COOKIE
from maia_hub.service.settings import ServiceSettings

_STATE_COOKIE = "maia-signin-"
_STATE_AGE = 600
_LONGEST_NEXT = 2000

router = APIRouter(include_in_schema=False)


def safe_next(wanted: str | None, settings: ServiceSettings) -> str:
    """Return ``wanted`` if it is a path of this service, the portal otherwise."""
    home = f"{settings.prefix}/"
    if not wanted or len(wanted) > _LONGEST_NEXT or not wanted.startswith(home):
        return home
    if "\\" in wanted or not wanted.isprintable() or not wanted.isascii():
        return home
    parts = urlsplit(wanted)
    climbs = any(
        step in ("..", ".") for step in parts.path.replace("%2e", ".").replace("%2E", ".").split("/")
    )
    return home if parts.scheme or parts.netloc or climbs else wanted


@router.get("/login")
async def login(request: Request, context: SignInDep, next: str | None = None) -> Response:  # noqa: A002
    """Send the browser to the hub, which sends it back with a code; nothing is asked of a signed-in user."""
    state, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    response = RedirectResponse(context.hub.authorize_path(state, challenge), 302)
    memory = json.dumps([verifier, safe_next(next, context.settings)])
    _set_cookie(request, response, context, _STATE_COOKIE + state, quote(memory), _STATE_AGE)
    return response


@router.get("/oauth_callback")
async def callback(
    request: Request,
    context: SignInDep,
    code: Annotated[str, Query(max_length=500)] = "",
    state: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Take the code that the browser brings back from the hub, if this browser is the one that asked."""
    verifier, target = _remembered(request, state)
    if not code:
        raise NotSignedIn("The hub did not let you in.", advice="Ask the administrator for access.")
    with context.limiter.signing_in(request):
        token = await context.hub.token_for(code, verifier)
        cookie = await context.sessions.open(token)
    response = RedirectResponse(safe_next(target, context.settings), 302)
    _set_cookie(request, response, context, COOKIE, cookie, int(context.settings.session_age.total_seconds()))
    response.delete_cookie(_STATE_COOKIE + state, path=context.settings.prefix)
    return response


@router.get("/logout")
async def logout(request: Request, context: SignInDep) -> Response:
    """Close this service's session and go on to the hub's own logout."""
    await context.sessions.close(request.cookies.get(COOKIE, ""))
    response = RedirectResponse(f"{context.settings.hub_page}logout", 302)
    response.delete_cookie(COOKIE, path=context.settings.prefix)
    return response


@router.get("/signed-in")
async def signed_in() -> Response:
    """Answer the hidden frame in which JupyterLab signs in without a word."""
    return HTMLResponse(
        "<!doctype html><html lang='en'><title>Signed in</title><p>You are signed in.</p></html>"
    )


def _remembered(request: Request, state: str) -> tuple[str, str]:
    try:
        verifier, target = json.loads(unquote(request.cookies[_STATE_COOKIE + state]))
    except (KeyError, ValueError, TypeError):
        raise NotSignedIn(
            "This sign-in was not begun in this browser, or was left waiting for more than ten minutes.",
            advice="Open the portal again to sign in.",
        ) from None
    return str(verifier), str(target)


def _set_cookie(
    request: Request, response: Response, context: SignedIn, name: str, value: str, age: int
) -> None:
    public = context.settings.public_url
    scheme = (
        urlsplit(public).scheme if public else request.headers.get("x-forwarded-proto", "http").split(",")[0]
    )
    response.set_cookie(
        name,
        value,
        max_age=age,
        path=context.settings.prefix,
        httponly=True,
        samesite="lax",
        secure=scheme.strip() == "https",
    )
