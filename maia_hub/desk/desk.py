"""All use cases in one object."""

from __future__ import annotations

from maia_hub.desk.booking import BookingCases
from maia_hub.desk.ending import EndingCases
from maia_hub.desk.serving import ServerCases
from maia_hub.desk.ticking import TickCases
from maia_hub.desk.viewing import ViewCases
from maia_hub.store.web_sessions import WebSession


class Desk(BookingCases, EndingCases, ServerCases, TickCases, ViewCases):
    """The use cases; thread-safe, for every method is a transaction of its own. ``now`` is always given."""

    def get(self, digest: str) -> WebSession | None:
        """Return a browser's sign-in by the digest of its cookie."""
        with self._store.read() as tx:
            return tx.web_sessions.get(digest)

    def put(self, session: WebSession) -> None:
        """Keep a browser's sign-in."""
        with self._store.write() as tx:
            tx.web_sessions.put(session)

    def delete(self, digest: str) -> None:
        """Forget a browser's sign-in."""
        with self._store.write() as tx:
            tx.web_sessions.delete(digest)
