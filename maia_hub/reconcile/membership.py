"""The loop that asks the hub whether who was given a booking from the waiting list is still in its project.

Who waits was in the project when she asked; groups change at the hub, which no transaction can wait for. So the hub is
asked right after, and a booking of somebody who has left goes to the next who waits. What begins soon is only offered,
and asked for anew when it is accepted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from maia_hub.core.projects import Projects
from maia_hub.desk import Event, Promotion
from maia_hub.reconcile.bell import Bell

_PROMOTED = frozenset({"wish.booked", "wish.offered"})
_AGAIN, _ANYWAY = 10.0, 300.0
"""Seconds until the hub is asked again where it did not answer, and until it is looked whether an event was missed."""

Groups = Callable[[str], Awaitable[Sequence[str] | None]]
"""Returns the groups of somebody, None if the hub does not know her; raises `Unavailable` while it does not answer."""


class PromotingDesk(Protocol):
    """The use cases that the loop calls."""

    projects: Projects

    def promoted(self, now: datetime) -> list[Promotion]:
        """Return the bookings of whose owners the hub is to be asked."""

    def confirm_promotion(self, promotion: Promotion, now: datetime, *, member: bool) -> None:
        """Keep the booking of a member, end another one's."""


class Membership:
    """Asks after every promotion; only one process need run it."""

    def __init__(self, desk: PromotingDesk, groups_of: Groups, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._groups_of = groups_of
        self._clock = clock
        self._bell = Bell()

    def wake(self, event: Event) -> None:
        """Take an event of the desk, from any thread."""
        if event.action in _PROMOTED:
            self._bell.ring()

    async def run(self) -> None:
        """Run until cancelled; what could not be asked is asked again, and what began meanwhile goes on."""
        await self._bell.answer(
            self.look,
            "whether somebody is still in her project could not be asked, and will be",
            again=_AGAIN,
        )

    async def look(self) -> float:
        """Ask of all that were promoted since; return after how many seconds to look again."""
        for promotion in await asyncio.to_thread(self._desk.promoted, self._clock()):
            groups = await self._groups_of(promotion.user)
            member = groups is not None and promotion.project in self._desk.projects.of(groups)
            await asyncio.to_thread(self._desk.confirm_promotion, promotion, self._clock(), member=member)
        return _ANYWAY
