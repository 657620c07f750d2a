"""The API: what tools there are and how they fare."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.responses import Response

from maia_hub.core.errors import Forbidden, MaiaError, NotFound, NotSignedIn
from maia_hub.core.ids import DEFAULT_PROJECT
from maia_hub.door.cards import Cards, card
from maia_hub.door.context import Door, DoorDep
from maia_hub.door.members import projects_of
from maia_hub.service.context import PersonDep, person_of
from maia_hub.service.limits import LimitedStream
from maia_hub.service.people import Person
from maia_hub.service.xsrf import token_for as xsrf_token

HEARTBEAT = 5.0
"""Seconds of silence after which a browser is told that the stream still stands, and it is seen whether it may."""

router = APIRouter()
health = APIRouter()

ProjectAsked = Annotated[str | None, Query(max_length=63)]


@health.get("/health")
async def healthy() -> dict[str, str]:
    """Say that the door answers; of the tools it says nothing."""
    return {"status": "ok"}


@health.get("/", include_in_schema=False)
async def home(door: DoorDep) -> Response:
    """Lead to the hub: the door has no page of its own."""
    return RedirectResponse(door.settings.hub_page, 302)


@router.get("/me")
async def me(person: PersonDep, door: DoorDep) -> dict[str, object]:
    """Say who is asking, and of which projects she may use the tools."""
    xsrf = xsrf_token(person.secret) if person.via == "session" else None
    return {"name": person.user, "projects": projects_of(person.groups, door.projects), "xsrf": xsrf}


@router.get("/tools")
async def tools(person: PersonDep, door: DoorDep, project: ProjectAsked = None) -> Cards:
    """Return the tools of a project; of the first of one's projects if none is named."""
    return cards(door, person, project)


def cards(door: Door, person: Person, wanted: str | None) -> Cards:
    """Return what the panel shows of a project."""
    project = door.leaving.require(person.user, person.groups, asked_for(person, door, wanted))
    shelf = door.shelf
    shown = []
    for tool, source in shelf.tools(project):
        status = source.status(tool)
        shown.append(card(tool, status, shelf.fact(tool, status), door.shown))
    return Cards(project=project, projects=[*projects_of(person.groups, door.projects)], tools=shown)


def asked_for(person: Person, door: Door, wanted: str | None) -> str:
    """Return the project that is wanted, or the first of hers."""
    return wanted or next(iter(projects_of(person.groups, door.projects)), DEFAULT_PROJECT)


@router.get("/events", response_class=StreamingResponse)
async def events(
    request: Request, person: PersonDep, door: DoorDep, project: ProjectAsked = None
) -> Response:
    """Stream the cards of a project as `tools`, at first and whenever one changes."""
    where = door.leaving.require(person.user, person.groups, asked_for(person, door, project))
    return LimitedStream(
        door.limiter.stream(person.user, person.via),
        _told(request, door, where),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _told(request: Request, door: Door, project: str) -> AsyncIterator[bytes]:
    """Yield cards and heartbeats until the sign-in ends, or the membership."""
    yield b"retry: 1000\n\n"
    shown = ""
    while True:
        news = door.shelf.news.next
        try:
            person = await person_of(request, door)
            said = cards(door, person, project).model_dump_json()
        except (NotSignedIn, Forbidden, NotFound):
            return
        except MaiaError:  # the hub is away for a moment
            said = shown
        yield f"event: tools\ndata: {said}\n\n".encode() if said != shown else b": still here\n\n"
        shown = said
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(news.wait(), HEARTBEAT)
