"""What every route of the door needs, and which tool of whom is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from maia_hub.core.projects import Projects
from maia_hub.door.carrier import Carrier
from maia_hub.door.keys import PageKeys
from maia_hub.door.leaving import Leaving
from maia_hub.door.shares import Shares
from maia_hub.door.shelf import Shelf, Source
from maia_hub.service.context import PersonDep, SignedIn
from maia_hub.service.people import Person
from maia_hub.tools.model import Tool


@dataclass(frozen=True, kw_only=True)
class Door(SignedIn):
    """What every route needs.

    ``reached``: where programs reach the door, without its prefix. ``ancestors``: whose pages may show a tool in a
    frame, as a CSP has it. ``recheck``: seconds between two questions whether somebody of whom anything is under way,
    or who has credentials of her own, may still be here. ``platform``: where the door reaches the hub's proxy, and
    users' servers behind it.
    """

    projects: Projects
    shelf: Shelf
    keys: PageKeys
    carrier: Carrier
    leaving: Leaving
    shares: Shares
    reached: str
    platform: str = ""
    ancestors: str = "'self'"
    recheck: float = 30.0

    @property
    def shown(self) -> str:
        """The door as browsers reach it: its path, or its address where it has an origin of its own."""
        return f"{self.settings.origin}{self.settings.prefix}"


async def _door(request: Request) -> Door:
    return cast("Door", request.app.state.context)


DoorDep = Annotated[Door, Depends(_door)]


@dataclass(frozen=True, slots=True)
class Meant:
    """A tool of a project, and who asks about it."""

    person: Person
    tool: Tool
    source: Source


async def _meant(door: DoorDep, person: PersonDep, project: str, name: str) -> Meant:
    return Meant(person, *door.shelf.tool(door.leaving.require(person.user, person.groups, project), name))


MeantDep = Annotated[Meant, Depends(_meant)]
