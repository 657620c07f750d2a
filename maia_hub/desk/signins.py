"""The sign-ins of browsers."""

from __future__ import annotations

from maia_hub.store import Store
from maia_hub.store.web_sessions import WebSession, found_sign_in, kept


class SignIns:
    """Keeps them by the digest of their cookie; each method is a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, digest: str) -> WebSession | None:
        """Return a sign-in; None if there is none, or none any more."""
        (found,) = self._store.ask_all([kept(digest)])
        return found_sign_in(found)

    def put(self, session: WebSession) -> None:
        """Keep a new sign-in, or a changed one."""
        with self._store.write() as tx:
            tx.web_sessions.put(session)

    def delete(self, digest: str) -> None:
        """Forget a sign-in."""
        with self._store.write() as tx:
            tx.web_sessions.delete(digest)
