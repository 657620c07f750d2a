"""What a sending has come to so far, by whichever protocol."""

from __future__ import annotations

from maia_hub.core.errors import MaiaError
from maia_hub.imaging.choosing import Item
from maia_hub.imaging.gathering import Gathering
from maia_hub.imaging.pace import Pace
from maia_hub.imaging.records import Refused, Sent


class Tally:
    """Counts objects as they are sent, found to be there, or refused, and keeps the progress by it."""

    def __init__(self, gathering: Gathering, pace: Pace) -> None:
        self._pace = pace
        self.sent = Sent()
        pace.total = gathering.total

    def _accepted(self, item: Item) -> None:
        self.sent.accepted.append(item.uid)
        self.sent.bytes += item.found.size
        self._pace.add(item.found.size, 1)

    def _repeated(self, uid: str) -> None:
        self.sent.repeated.append(uid)
        self._pace.add(objects=1, moved=False)

    def _refuse(self, refused: Refused) -> None:
        self.sent.refused.append(refused)
        self._pace.add(objects=1, moved=False)

    def _add_to(self, error: MaiaError) -> None:
        """Let an error that ends the sending tell what was done before."""
        done = {"accepted": len(self.sent.accepted), "repeated": len(self.sent.repeated)}
        error.details |= {**done, "refused": len(self.sent.refused)}
