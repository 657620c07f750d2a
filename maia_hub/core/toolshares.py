"""Shares of one tool of one's workspace: who may use it, and until when; nothing else of the workspace is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from maia_hub.core.errors import Forbidden, InvalidInput
from maia_hub.core.ids import ProjectId, ServerName, UserName
from maia_hub.core.interval import in_words

LONGEST = timedelta(days=366)
"""How far ahead a share may end."""
MOST = 100
"""Shares of one owner that stand at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolShare:
    """``guest`` may use ``tool`` in the workspace ``server`` of ``owner``, a server of ``project``, before ``until``.

    ``revoked`` is when it was taken back.
    """

    id: UUID
    owner: UserName
    server: ServerName
    tool: str
    guest: UserName
    project: ProjectId
    until: datetime
    created: datetime
    revoked: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Tell whether it counts."""
        return self.revoked is None and now < self.until

    def require(self, now: datetime) -> None:
        """Raise `Forbidden` unless it counts; it says to the guest why not."""
        if self.revoked is not None:
            raise Forbidden(
                f"{self.owner} does not share “{self.tool}” with you any more.",
                given=f"taken back at {in_words(self.revoked)}",
                advice=f"Ask {self.owner} to share it again.",
            )
        if now >= self.until:
            raise Forbidden(
                f"The time for which {self.owner} shared “{self.tool}” with you is over.",
                given=f"it ended at {in_words(self.until)}",
                advice=f"Ask {self.owner} to share it again.",
            )


def check_end(until: datetime, now: datetime) -> None:
    """Raise `InvalidInput` unless a share may end then."""
    if not now < until <= now + LONGEST:
        raise InvalidInput(
            "A share has to end, some time from now.",
            given=in_words(until),
            allowed=f"after {in_words(now)}, at most {LONGEST.days} days from now",
            advice="Name another end.",
        )
