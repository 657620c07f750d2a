"""What every route needs, and who is behind a request."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from maia_hub.core.errors import Forbidden, NotSignedIn
from maia_hub.core.ids import UserName
from maia_hub.core.projects import Projects, without_office
from maia_hub.desk import Actor, Desk
from maia_hub.service import scopes, xsrf
from maia_hub.service.acquaintance import Acquaintance
from maia_hub.service.doors import Doors
from maia_hub.service.hubauth import HubAuth
from maia_hub.service.limits import Limiter
from maia_hub.service.live import Live
from maia_hub.service.metrics import Metrics
from maia_hub.service.people import Clock, Person, Tokens
from maia_hub.service.sessions import COOKIE, Sessions
from maia_hub.service.settings import ServiceSettings
from maia_hub.service.streams import Streams
from maia_hub.service.usage import UsageSource

MOST = 2**63 - 1
"""The largest id that a database has."""
_NOW, _PERSON = "maia.now", "maia.person"
"""What a request keeps of itself."""


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """What it takes to know who is asking: of this service, and of every other that people sign in to."""

    settings: ServiceSettings
    clock: Clock
    hub: HubAuth
    tokens: Tokens
    sessions: Sessions
    metrics: Metrics
    limiter: Limiter


@dataclass(frozen=True, kw_only=True)
class Context(SignedIn):
    """What every route needs."""

    desk: Desk
    usage: UsageSource
    live: Live
    streams: Streams
    acquaintance: Acquaintance
    doors: Doors


def context_of(request: Request) -> Context:
    """Return the context of the app that answers the request."""
    return cast("Context", request.app.state.context)


async def _context(request: Request) -> Context:
    return context_of(request)


# What does not wait for anything is asynchronous: each dependency that is not takes a turn in the pool of threads.
# And each takes the request alone: one that depends on others has them solved anew for whoever depends on it.
ContextDep = Annotated[Context, Depends(_context)]
SignInDep = Annotated[SignedIn, Depends(_context)]


async def now_of(request: Request) -> datetime:
    """Return the moment of a request, the same for all that looks at it."""
    scope = request.scope
    if _NOW not in scope:
        scope[_NOW] = context_of(request).clock()
    return cast("datetime", scope[_NOW])


Now = Annotated[datetime, Depends(now_of)]


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else None


def _is_spawner(token: str, context: SignedIn) -> bool:
    return hmac.compare_digest(token.encode(), context.settings.spawner_token.encode())


async def person_of(request: Request, context: SignedIn) -> Person:
    """Return who is asking, by token or by cookie; raise `NotSignedIn` if nobody, `Forbidden` if forged."""
    if "authorization" in request.headers:
        token = _bearer(request)
        if not token or _is_spawner(token, context):
            raise NotSignedIn(
                "The token is not a user's.", allowed="Authorization: Bearer <a token of the hub>"
            )
        with context.limiter.signing_in(request, known=context.tokens.knows(token)):
            owner = await context.tokens.person(token)
        scopes.check(request.method, request.url.path, context.settings.service_name, owner.scopes)
        return owner
    person = await _signed_in(request, context)
    xsrf.check(request, person.secret, context.settings)
    return person


async def _signed_in(request: Request, context: SignedIn) -> Person:
    """Return whose browser it is; a sign-in that is none any more counts as one that fails, having none does not."""
    nobody = NotSignedIn("You are not signed in.", advice="Sign in at the hub, then try again.")
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise nobody
    with context.limiter.signing_in(request, known=True):
        person = await context.sessions.person(cookie)
        if person is None:
            raise nobody
    return person


async def asking(request: Request) -> Person:
    """Return who is asking, whose call is counted once."""
    scope = request.scope
    if _PERSON not in scope:
        context = context_of(request)
        person = await person_of(request, context)
        context.limiter.charge(request, person.user, person.via)
        scope[_PERSON] = person
    return cast("Person", scope[_PERSON])


PersonDep = Annotated[Person, Depends(asking)]


def actor_of(person: Person, projects: Projects) -> Actor:
    """Return the person as the use cases know her: her groups are her roles, and say what she is in which project.

    A token leads no project, whoever owns it: that is for the portal.
    """
    mine = projects.of(person.groups)
    held = mine if person.via == "session" else without_office(mine)
    return Actor(UserName(person.user), person.admin, person.groups, held, portal=person.via == "session")


async def acting(request: Request) -> Actor:
    """Return who is asking as the use cases know her."""
    return actor_of(await asking(request), context_of(request).desk.projects)


ActorDep = Annotated[Actor, Depends(acting)]


async def _administrator(request: Request) -> Actor:
    person = await asking(request)
    if person.via != "session" or not person.admin:
        raise Forbidden(
            "This is for administrators, in the portal.",
            allowed="a signed-in administrator of the hub; never a token",
            advice="Sign in to the portal as an administrator.",
        )
    return actor_of(person, context_of(request).desk.projects)


AdminDep = Annotated[Actor, Depends(_administrator)]


async def only_spawner(request: Request) -> None:
    """Let the spawner alone pass."""
    if not _is_spawner(_bearer(request) or "", context_of(request)):
        raise NotSignedIn(
            "This is for the spawner alone.", allowed="the secret that the spawner shares with the service"
        )


async def only_door(request: Request) -> None:
    """Let the door to the tools alone pass."""
    if not await context_of(request).doors.know(_bearer(request) or ""):
        raise NotSignedIn(
            "This is for the door to the tools alone.", allowed="the token that the hub knows the door by"
        )
