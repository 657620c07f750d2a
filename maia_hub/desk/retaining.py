"""Forgetting what is older than the site keeps it."""

from __future__ import annotations

from datetime import datetime, timedelta

from maia_hub.core.ids import UserName
from maia_hub.core.interval import in_words
from maia_hub.core.retention import Forgotten
from maia_hub.desk.cases import Cases

_AT_ONCE = 2000
"""Events of one transaction: nobody waits long for it."""


class RetentionCases(Cases):
    """What is known of people, and no longer needed."""

    def forget(self, keep: timedelta, now: datetime, most: int = _AT_ONCE) -> tuple[Forgotten, bool]:
        """Forget what was over so long ago; return how much, and whether there may be more.

        The audit log says up to when, and how many of what; not whose.
        """
        before = now - keep
        with self._write(now) as work:
            forgotten = work.tx.retention.forget(before, now, most)
            if forgotten.counts:
                work.record(
                    "platform",
                    "retention.forgotten",
                    before.isoformat(),
                    UserName(""),
                    reason=f"what was over before {in_words(before)} is kept no longer",
                    after=forgotten.counts,
                )
            return forgotten, forgotten.events >= most
