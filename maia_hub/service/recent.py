"""Sign-ins that were looked up a moment ago, so that not each request of a page asks the database who is there."""

from __future__ import annotations

from datetime import datetime, timedelta

from maia_hub.desk import WebSession

MOST = 4096
"""Sign-ins that are remembered at a time."""


class RecentSignIns:
    """Remembers sign-ins by the digest of their cookie, each for at most ``age``.

    What is dropped here is refused here at once; a sign-in that another replica has ended, within ``age``. A lookup
    that was under way while any was dropped is not remembered, for it may have seen what is no more. When the hub
    confirmed it, and when it expires, is part of a sign-in and looked at with every request, remembered or not.
    """

    def __init__(self, age: timedelta) -> None:
        self._age = age
        self._known: dict[str, tuple[WebSession, datetime]] = {}
        self._drops = 0

    @property
    def drops(self) -> int:
        """How many were dropped: to be taken before a lookup, and given with what it found."""
        return self._drops

    def get(self, digest: str, now: datetime) -> WebSession | None:
        """Return a sign-in that was remembered less than ``age`` ago."""
        session, at = self._known.get(digest, (None, now))
        return session if abs(now - at) < self._age else None

    def put(self, session: WebSession, now: datetime, drops: int) -> None:
        """Remember a sign-in; ``drops`` is of the moment before it was looked up."""
        if drops != self._drops:
            return
        self._known.pop(session.digest, None)
        while len(self._known) >= MOST:
            self._known.pop(next(iter(self._known)))
        self._known[session.digest] = session, now

    def drop(self, digest: str) -> None:
        """Forget a sign-in that is no more."""
        self._drops += 1
        self._known.pop(digest, None)
