"""The API: what tools there are and how they fare."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from maia_hub.core.ids import DEFAULT_PROJECT
from maia_hub.door.cards import Cards, card
from maia_hub.door.context import Door, DoorDep
from maia_hub.door.members import projects_of, require
from maia_hub.service.context import PersonDep
from maia_hub.service.people import Person
from maia_hub.service.xsrf import token_for as xsrf_token

router = APIRouter()
health = APIRouter()

ProjectAsked = Annotated[str | None, Query(max_length=63)]


@health.get("/health")
async def healthy() -> dict[str, str]:
    """Say that the door answers; of the tools it says nothing."""
    return {"status": "ok"}


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
    mine = projects_of(person.groups, door.projects)
    project = require(person.groups, door.projects, wanted or next(iter(mine), DEFAULT_PROJECT))
    prefix, shelf = door.settings.prefix, door.shelf
    shown = [
        card(tool, source.status(tool), source.fact(tool), prefix, door.apart)
        for tool, source in shelf.tools(project)
    ]
    return Cards(project=project, projects=[*mine], tools=shown)
