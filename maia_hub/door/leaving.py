"""Who leaves a project loses what she signs in with at its tools directly: the door asks the hub, and takes it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import structlog

from maia_hub.core.errors import MaiaError, NotFound
from maia_hub.core.ids import ProjectId, UserName
from maia_hub.core.projects import Projects
from maia_hub.door import members
from maia_hub.door.shelf import Shelf
from maia_hub.service.hubauth import HubAuth
from maia_hub.tools.model import Holder

_audit = structlog.get_logger("maia.door.audit")
_log = structlog.get_logger("maia.door.leaving")


class Leaving:
    """Looks every so many seconds who has left; and at once when somebody is seen where she is no member."""

    def __init__(self, shelf: Shelf, hub: HubAuth, projects: Projects, every: float) -> None:
        self._shelf = shelf
        self._hub = hub
        self._projects = projects
        self._every = every

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look as long as this lasts."""
        looking = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    def require(self, user: str, groups: Iterable[str], project: str) -> ProjectId:
        """Return the project as `members.require` does; who is not in it any more loses what she had of it."""
        groups = tuple(groups)
        try:
            return members.require(groups, self._projects, project)
        except NotFound:
            self._take_back(user, groups)
            raise

    async def _look_on(self) -> None:
        while True:
            for person in sorted({holder.person for holder, _ in self._shelf.holders()}):
                await self._look(person)
            await asyncio.sleep(self._every)

    async def _look(self, person: UserName) -> None:
        try:
            self._take_back(person, await self._hub.groups_of(person))
        except (MaiaError, OSError) as e:  # the hub is away for a moment, or a disk is full: at the next look
            _log.warning("not looked", user=person, error=str(e))

    def _take_back(self, user: str, groups: Iterable[str] | None) -> None:
        """Take back what somebody has of projects that are not hers; of all, if the hub knows no such person."""
        mine = [] if groups is None else members.projects_of(groups, self._projects)
        for holder, source in self._shelf.holders():
            if holder.person == user and holder.project not in mine:
                source.take_back(holder)
                _said(holder)


def _said(holder: Holder) -> None:
    _audit.info(
        "tool", action="take back", user=UserName(holder.person), project=holder.project, tool=holder.tool
    )
