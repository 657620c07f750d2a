"""What was decided about one user, for whoever was told up to somewhere and wants to know what came then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.ids import UserName
from maia_hub.desk.cases import Cases
from maia_hub.store.events import Event

MOST_TOLD = 500
"""Changes that are told one by one: who missed more has no use for them."""

FURTHEST = 100_000
"""Events, of all users, that are looked through for them."""


@dataclass(frozen=True)
class Changes:
    """What came after an event, in its order, and up to which event all was told; ``gap`` says why not all could be."""

    told: tuple[Event, ...]
    upto: int
    gap: str = ""


class ChangeCases(Cases):
    """The order of decisions, as one user sees it."""

    def changes(self, user: UserName, after: int | None, now: datetime) -> Changes:
        """Return what was decided about a user after the event ``after``; None: from now on."""
        with self._read(now) as work:
            last = work.tx.events.last()
            if after is None:
                return Changes((), last)
            if not 0 <= after <= last:
                return Changes((), last, "there is no such event")
            if after < work.tx.events.first() - 1 or last - after > FURTHEST:
                return Changes((), last, "that is too long ago")
            found = work.tx.events.about(user, after, MOST_TOLD + 1)
        if len(found) > MOST_TOLD:
            return Changes((), last, f"more than {MOST_TOLD} changes came after it")
        return Changes(tuple(found), last)
