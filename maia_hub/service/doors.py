"""The door to the tools, which asks on behalf of guests: known by what the hub says of its token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.errors import Unavailable
from maia_hub.hub.roles import TOOLS
from maia_hub.service.hubauth import HubAuth
from maia_hub.service.people import Clock, digest
from maia_hub.service.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class _Known:
    token: str
    at: datetime


class Doors:
    """Asks the hub whether a token is the door's, and remembers the one that is, as long as people's are."""

    def __init__(self, hub: HubAuth, clock: Clock, settings: ServiceSettings) -> None:
        self._hub = hub
        self._clock = clock
        self._settings = settings
        self._known: _Known | None = None

    async def know(self, token: str) -> bool:
        """Tell whether it is the door that asks; `Unavailable` if the hub cannot be asked and it was not lately."""
        if not token:
            return False
        key, now = digest(token), self._clock()
        known = self._known if self._known and self._known.token == key else None
        if known and abs(now - known.at) < self._settings.token_cache:
            return True
        try:
            found = await self._hub.service_of(token)
        except Unavailable:
            if known and now - known.at < self._settings.hub_down_grace:
                return True
            raise
        if found != TOOLS:
            return False
        self._known = _Known(key, now)
        return True
