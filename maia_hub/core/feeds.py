"""Calendar feeds: what a calendar program may read of the bookings without anybody's sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from maia_hub.core.bookings import Booking
from maia_hub.core.ids import UserName


class FeedKind(str, Enum):
    """Whose bookings a feed shows."""

    OWN = "own"
    POOL = "pool"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscription of ``user``; ``of`` is the pool or the project, empty for her own bookings.

    ``digest`` is what is kept of the key in its address; ``renewed`` is when that key was made.
    """

    id: UUID
    user: UserName
    kind: FeedKind
    of: str
    digest: str
    created: datetime
    renewed: datetime

    def shows(self, booking: Booking) -> bool:
        """Tell whether a booking is one of those that the feed is of."""
        if self.kind is FeedKind.POOL:
            return booking.pool == self.of
        if self.kind is FeedKind.PROJECT:
            return booking.project == self.of
        return booking.user == self.user
