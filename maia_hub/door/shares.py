"""What people share of their workspaces: the service says where a guest is led, and each time anew whether she is."""

from __future__ import annotations

from uuid import UUID

from maia_hub.client import AsyncClient
from maia_hub.client.models import ToolLead
from maia_hub.core.errors import NotFound
from maia_hub.service.people import digest

_MOST = 1_000


class Shares:
    """Asks the service, as the door. ``service`` is its address, nothing where it is not asked."""

    def __init__(self, service: str, token: str) -> None:
        self._client = AsyncClient(service, token) if service else None
        self._good: dict[str, None] = {}

    async def lead(self, share: UUID, guest: str) -> ToolLead:
        """Return where a guest is led.

        Raises:
            NotFound: nothing is shared with her there.
            Forbidden: it was taken back, or its time is over.
        """
        if self._client is None:
            raise NotFound("Nothing is shared here.", given=str(share))
        return await self._client.lead_guest(share, guest)

    def heard(self, word: str) -> None:
        """Remember that a workspace knew the door by this word."""
        self._good[digest(word)] = None
        while len(self._good) > _MOST:
            del self._good[next(iter(self._good))]

    def known(self, word: str | None) -> bool:
        """Tell whether a workspace knew the door by this word before."""
        return word is not None and digest(word) in self._good

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
