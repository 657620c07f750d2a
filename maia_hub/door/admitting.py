"""Who is at the door of a tool, by what she shows: a token, a page's key, or a cookie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

from maia_hub.client.models import ToolLead
from maia_hub.core import crossing
from maia_hub.core.errors import NotSignedIn
from maia_hub.core.ids import ProjectId
from maia_hub.door.context import Door
from maia_hub.door.keys import HEADER
from maia_hub.door.paths import ToolPath
from maia_hub.door.shelf import Source, Statuses
from maia_hub.service.people import digest
from maia_hub.service.sessions import COOKIE
from maia_hub.service.xsrf import SAFE
from maia_hub.tools.model import Page, Tool

PROTOCOL = "maia.page"
"""The WebSocket protocol that a page names for the door; its key is named after it, for it can show no header."""
Via = Literal["token", "key", "cookie", "nothing"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a tool: whose, by what, and with a cookie its digest. Nobody's may only see a package's files.

    ``lead``: a guest's, who is led to what somebody shares with her.
    """

    tool: Tool
    source: Statuses
    path: ToolPath
    user: str
    via: Via
    sign_in: str = ""
    lead: ToolLead | None = None


async def admitted(connection: HTTPConnection, door: Door, path: ToolPath) -> Visit:
    """Return who may pass.

    Raises:
        NotSignedIn: nothing was shown, or nothing that counts.
        Forbidden: a page of another origin used the cookie.
        NotFound: the project is not hers, or has no such tool.
    """
    asset = _asset(connection, path, door)
    if asset is not None:
        return Visit(*asset, path, "", "nothing")
    user, groups, via, sign_in = await shown(connection, door, path)
    project = door.leaving.require(user, groups, path.project)
    door.shelf.visited.add(project)
    return Visit(*door.shelf.tool(project, path.tool), path, user, via, sign_in)


async def shown(
    connection: HTTPConnection, door: Door, path: ToolPath
) -> tuple[str, Sequence[str], Via, str]:
    """Return who asks and her groups, by what, and with a cookie or a key the digest of that sign-in's cookie."""
    if "authorization" in connection.headers:
        person = await _by_token(connection, door)
        return person[0], person[1], "token", ""
    page = page_key(connection)
    if page is not None:
        key = door.keys.read(page, path.project, path.tool, door.clock())
        return *await standing(key.sign_in if key else "", door), "key", key.sign_in if key else ""
    cookie = connection.cookies.get(COOKIE, "")
    if not cookie:
        raise nobody()
    found = await standing(digest(cookie), door)
    if connection.scope["type"] == "websocket":
        crossing.check_socket(connection.headers, host_of(connection, door))
    else:
        crossing.check_cookie(connection.scope["method"], connection.headers, host_of(connection, door))
    return *found, "cookie", digest(cookie)


async def _by_token(connection: HTTPConnection, door: Door) -> tuple[str, Sequence[str]]:
    token = shown_token(connection)
    request = Request({**connection.scope, "type": "http"})
    with door.limiter.signing_in(request, known=door.tokens.knows(token)):
        person = await door.tokens.person(token)
    return person.user, person.groups


def shown_token(connection: HTTPConnection) -> str:
    """Return the token that is shown, whoever's it is."""
    scheme, _, token = connection.headers["authorization"].partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token.strip():
        raise NotSignedIn("The token is not a user's.", allowed="Authorization: Bearer <a token of the hub>")
    return token.strip()


async def standing(sign_in: str, door: Door) -> tuple[str, Sequence[str]]:
    """Return whose sign-in it is, by the digest of its cookie, and her groups."""
    session = await door.sessions.standing(sign_in) if sign_in else None
    if session is None:
        raise nobody()
    return session.user, session.groups


def nobody() -> NotSignedIn:
    """Return the error for who shows nothing that counts."""
    return NotSignedIn(
        "You are not signed in, or this page has been open for too long.",
        advice="Open the tool anew, from JupyterLab or in a window of its own.",
    )


def page_key(connection: HTTPConnection) -> str | None:
    """Return the key that a page shows, in a header or as a WebSocket's protocol."""
    if connection.scope["type"] == "websocket":
        before = f"{PROTOCOL}.key."
        offered = [each for each in connection.scope.get("subprotocols", ()) if each.startswith(before)]
        return offered[0].removeprefix(before) if offered else None
    return connection.headers.get(HEADER)


def host_of(connection: HTTPConnection, door: Door) -> str:
    """Return host and port by which the browser reaches the platform."""
    public = door.settings.public_url
    return urlsplit(public).netloc if public else connection.headers.get("host", "")


def _asset(connection: HTTPConnection, path: ToolPath, door: Door) -> tuple[Tool, Source] | None:
    """Return the tool if a file of its package is asked for: a sandboxed page asks for it without any sign-in."""
    project = ProjectId(path.project)
    if connection.scope["type"] != "http" or connection.scope["method"] not in SAFE:
        return None
    found = door.shelf.known(project, path.tool) if project in door.shelf.visited else None
    if found is None or found[0].kind.page is not Page.SANDBOXED or not found[0].kind.assets:
        return None
    return found if path.rest.removeprefix("/").startswith(found[0].kind.assets) else None
