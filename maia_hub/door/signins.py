"""Sign-ins that last as long as this process: who has one goes through the hub again without a word."""

from __future__ import annotations

from maia_hub.desk import WebSession

MOST = 10_000
"""Sign-ins at a time; the oldest are forgotten."""


class SignInsInMemory:
    """Keeps sign-ins by the digest of their cookie."""

    def __init__(self) -> None:
        self._kept: dict[str, WebSession] = {}

    def get(self, digest: str) -> WebSession | None:
        """Return a sign-in; None if there is none, or none any more."""
        return self._kept.get(digest)

    def put(self, session: WebSession) -> None:
        """Keep a new sign-in, or a changed one."""
        self._kept[session.digest] = session
        while len(self._kept) > MOST:
            self._kept.pop(next(iter(self._kept)), None)

    def delete(self, digest: str) -> None:
        """Forget a sign-in."""
        self._kept.pop(digest, None)
