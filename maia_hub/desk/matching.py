"""Editing what one has seen: a change that knows the version it is a change of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.errors import ChangedMeanwhile
from maia_hub.core.ids import BookingId
from maia_hub.core.versions import changes_since, version_of
from maia_hub.desk.audience import require_hand
from maia_hub.desk.cases import Cases
from maia_hub.desk.people import Actor
from maia_hub.desk.refusing import known

_NAMES = {
    "start": "its start",
    "end": "its end",
    "gpus": "the number of its GPUs",
    "note": "its note",
    "user": "whose it is",
    "state": "it has ended",
}


class MatchingCases(Cases):
    """Keeps the second of two edits from undoing the first one unseen."""

    @contextmanager
    def unchanged(
        self, actor: Actor, booking_id: BookingId, seen: Collection[str], now: datetime
    ) -> Iterator[None]:
        """Let what is done within be one transaction in which the booking is one of the versions seen.

        Raises:
            ChangedMeanwhile: it is none of them any more; ``details["changes"]`` says what changed.
        """
        with self._write(now) as work, self._joined(work):
            booking = known(work, booking_id)
            if not actor.admin:
                require_hand(work, booking, actor)
            if version_of(booking) not in seen:
                raise _changed(booking, seen)
            yield


def _changed(booking: Booking, seen: Collection[str]) -> ChangedMeanwhile:
    found = [changes for version in seen if (changes := changes_since(version, booking))]
    changes = found[0] if found else []
    names = ", ".join(_NAMES[change.field] for change in changes)
    return ChangedMeanwhile(
        f"This booking was changed meanwhile: {names}."
        if names
        else "This booking is not as you have seen it.",
        given=", ".join(seen),
        allowed=version_of(booking),
        advice="Look at what it is now; then change it again, if you still want to.",
        details={
            "changes": [{"field": each.field, "was": each.was, "now": each.now} for each in changes],
        },
    )
