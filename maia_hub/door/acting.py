"""The API: starting and stopping tools, their logs and credentials, and what kernels find in their environment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from maia_hub.core.errors import Forbidden
from maia_hub.core.ids import UserName
from maia_hub.door.cards import Card, card
from maia_hub.door.context import Door, DoorDep, Meant, MeantDep
from maia_hub.door.routes import ProjectAsked, asked_for
from maia_hub.service.context import PersonDep
from maia_hub.service.people import Person
from maia_hub.tools.model import Credentials, State, Tool

router = APIRouter()
_audit = structlog.get_logger("maia.door.audit")
_NEEDS_IT_RUNNING = ("{address", "{host", "{port", "{user", "{secret", "{extra")
Lines = Annotated[int, Query(ge=1, le=5000)]


class Log(BaseModel):
    """The last lines of a tool's log."""

    lines: list[str]


class Own(BaseModel):
    """What a person signs in with at a tool that she reaches directly; ``user`` is empty where the door does that."""

    user: str
    secret: str = Field(repr=False)
    address: str


class Environment(BaseModel):
    """What kernels and terminals find; ``expires`` is when it stops being true, None if it lasts as the server does."""

    env: dict[str, str] = Field(repr=False)
    expires: datetime | None = None


@router.post("/tools/{project}/{name}/start")
async def start(meant: MeantDep, door: DoorDep) -> Card:
    """Have a tool started, installed first where it is not; return at once."""
    await meant.source.start(meant.tool)
    return _done("start", meant, door)


@router.post("/tools/{project}/{name}/stop")
async def stop(meant: MeantDep, door: DoorDep) -> Card:
    """End a tool; its data stays."""
    await meant.source.stop(meant.tool)
    return _done("stop", meant, door)


@router.get("/tools/{project}/{name}/log")
async def log(meant: MeantDep, lines: Lines = 200) -> Log:
    """Return the last lines of its log."""
    return Log(lines=meant.source.log(meant.tool, lines))


@router.get("/tools/{project}/{name}/credentials")
async def credentials(meant: MeantDep) -> Own:
    """Return what one signs in with, made at first."""
    _only_programs(meant.person)
    own = await meant.source.own(meant.tool, UserName(meant.person.user))
    _said("credentials", meant)
    return _own(own, meant.tool)


@router.post("/tools/{project}/{name}/rotate")
async def rotate(meant: MeantDep) -> Own:
    """Replace it: what was is of no use any more."""
    _only_programs(meant.person)
    own = await meant.source.rotate(meant.tool, UserName(meant.person.user))
    _said("rotate", meant)
    return _own(own, meant.tool)


@router.get("/environment")
async def environment(
    request: Request, person: PersonDep, door: DoorDep, project: ProjectAsked = None
) -> Environment:
    """Return what a kernel of the person who asks finds in its environment."""
    _only_programs(person)
    _, _, token = request.headers["authorization"].partition(" ")
    where = door.leaving.require(person.user, person.groups, asked_for(person, door, project))
    found: dict[str, str] = {}
    for tool, source in door.shelf.tools(where):
        url = f"{door.reached}{door.settings.prefix}/{tool.project}/{tool.name}"
        if source.status(tool).state is State.READY:
            own = await source.own(tool, UserName(person.user))
            found |= tool.environment(url, token.strip(), own)
        else:
            found |= _known_before(tool, url, token.strip())
    return Environment(env=found)


def _known_before(tool: Tool, url: str, token: str) -> dict[str, str]:
    """Return what can be said of a tool that does not run: what does not depend on where it will."""
    told = {
        name: text
        for name, text in tool.kind.environment.items()
        if not any(x in text for x in _NEEDS_IT_RUNNING)
    }
    return {name: text.format(url=url, token=token) for name, text in told.items()}


def _own(own: Credentials, tool: Tool) -> Own:
    return Own(user=own.user, secret=own.secret, address=tool.address if own.user else "")


def _done(action: str, meant: Meant, door: Door) -> Card:
    _said(action, meant)
    tool, source = door.shelf.tool(meant.tool.project, meant.tool.name)
    status = source.status(tool)
    return card(tool, status, door.shelf.fact(tool, status), door.shown)


def _only_programs(person: Person) -> None:
    """Refuse a browser's cookie: the page of a tool may share the door's origin, and must not read this."""
    if person.via != "token":
        raise Forbidden(
            "This is for the person's own programs, not for pages.",
            allowed="Authorization: Bearer <the token of your server>",
            advice="Reveal it in JupyterLab, in the panel “Project”.",
        )


def _said(action: str, meant: Meant) -> None:
    _audit.info(
        "tool", action=action, user=meant.person.user, project=meant.tool.project, tool=meant.tool.name
    )
