"""Guests: colleagues whom the door to the tools leads to one MONAI Label here, and to nothing else of this workspace.

It shows a word of that MONAI Label, which this process makes, keeps for itself and tells the service; so each start of
the workspace has another one. Whoever knocks with none, or an old one, is let in nowhere, and has it told anew.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from maia_hub.core.errors import MaiaError, NotSignedIn
from maia_lab.monailabel.admitted import Role
from maia_lab.monailabel.tickets import Person
from maia_lab.workspace import Workspace

WORD = "X-Maia-Word"
GUEST = "X-Maia-Guest"
_PAUSE = 2.0
"""Seconds between two times of telling a word: anybody may knock."""

Tell = Callable[[str, str], Awaitable[None]]


async def tell(name: str, word: str) -> None:
    """Tell the service the word of a MONAI Label that is shared, as the owner of this workspace."""
    from maia_hub.client import AsyncClient  # noqa: PLC0415 - loaded by nothing else that a server does at its start
    from maia_hub.client.models import ToolWord  # noqa: PLC0415

    place = Workspace.from_environment()
    async with AsyncClient(place.service_url) as client:
        await client.tell_word(ToolWord(server=place.server, tool=name, word=word))


class Guests:
    """Knows the door to the tools by a word; ``find`` fails for a MONAI Label that is not there."""

    def __init__(self, find: Callable[[str], object], tell: Tell = tell) -> None:
        self._find = find
        self._tell = tell
        self._words: dict[str, str] = {}
        self._told: dict[str, float] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def who(self, name: str, headers: Mapping[str, str]) -> Person:
        """Return whom the door leads here.

        Raises:
            NotSignedIn: the word is not that of this MONAI Label, or it has none.
        """
        known, shown = self._words.get(name), headers.get(WORD, "")
        guest = unquote(headers.get(GUEST, ""))
        if known is None or not guest or not hmac.compare_digest(shown.encode(), known.encode()):
            self._knocked(name)
            raise NotSignedIn("The door to the tools does not know the word of this MONAI Label.")
        return Person(guest, Role.GUEST)

    async def tell(self, name: str) -> None:
        """Tell the word of a MONAI Label that is shared, which is made now if it has none."""
        self._told[name] = time.monotonic()
        await self._tell(name, self._words.setdefault(name, secrets.token_urlsafe(32)))

    def _knocked(self, name: str) -> None:
        try:
            self._find(name)
        except MaiaError:
            return
        if time.monotonic() - self._told.get(name, -_PAUSE) < _PAUSE:
            return
        task = asyncio.ensure_future(self._told_again(name))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _told_again(self, name: str) -> None:
        try:
            await self.tell(name)
        except MaiaError:  # it is shared with nobody, or the service is away: at the next knock
            return
