"""Keys of pages: what a page with an opaque origin, which sends no cookie, shows instead.

A key is good for one tool, as long as it is young and the sign-in that the page was opened with stands; the page renews
it. It is signed and kept nowhere.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

HEADER = "x-maia-page"
"""The header in which a page shows its key."""
AGE = timedelta(minutes=15)
"""How long a key is good for."""
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class PageKey:
    """What a key says: ``sign_in`` is the digest of the cookie with which the page was opened."""

    sign_in: str
    project: str
    tool: str
    until: int


class PageKeys:
    """Makes keys and reads them; ``secret`` is the process' own."""

    def __init__(self, secret: str) -> None:
        self._secret = hmac.digest(secret.encode(), b"maia-tools page keys", "sha256")

    def make(self, sign_in: str, project: str, tool: str, now: datetime) -> str:
        """Return a fresh key."""
        key = PageKey(sign_in, project, tool, int((now + AGE).timestamp()))
        said = _written(json.dumps(list(asdict(key).values())).encode())
        return f"{said}.{self._mark(said)}"

    def read(self, text: str, project: str, tool: str, now: datetime) -> PageKey | None:
        """Return what a key says; None if it is none of ours, of another tool, or too old."""
        said, _, mark = text[:_LONGEST].partition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(said).encode()):
            return None
        key = PageKey(*json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))))
        fits = (key.project, key.tool) == (project, tool) and now.timestamp() < key.until
        return key if fits else None

    def _mark(self, said: str) -> str:
        return _written(hmac.digest(self._secret, said.encode(), "sha256"))


def _written(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
