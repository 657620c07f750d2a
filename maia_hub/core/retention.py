"""How long what is known of people is kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

from maia_hub.core.ids import UserName

FORMER = UserName("(former user)")
"""Whose bookings and leases are that were older: one name for everybody, so that nobody can be told from another."""
SHORTEST = timedelta(days=35)
"""No rule or quota looks back further than a calendar month."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows of each kind were removed, or have lost the name of their user."""

    bookings: int = 0
    leases: int = 0
    events: int = 0
    wishes: int = 0
    notices: int = 0
    letters: int = 0
    servers: int = 0
    sign_ins: int = 0
    contacts: int = 0
    feeds: int = 0

    @property
    def counts(self) -> dict[str, object]:
        """What there was of something, by its kind."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: count for name, count in found.items() if count}
