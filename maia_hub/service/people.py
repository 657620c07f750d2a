"""Who is asking: told by the hub, remembered for a short while."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Literal

from maia_hub.core.errors import NotSignedIn, Unavailable
from maia_hub.service.hubauth import HubAuth, HubUser
from maia_hub.service.settings import ServiceSettings

Clock = Callable[[], datetime]
_MOST_REMEMBERED = 4096


def clock() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Person:
    """The user behind a request. A token never makes an administrator, whoever owns it.

    ``secret`` is the cookie's value for a session; the XSRF token is made from it. ``scopes`` are a token's.
    """

    user: str
    admin: bool
    groups: tuple[str, ...]
    via: Literal["session", "token"]
    secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Word:
    user: HubUser | None
    at: datetime


def digest(secret: str) -> str:
    """Return what is kept of a secret: enough to know it again, not enough to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Tokens:
    """Asks the hub whose a token is, at most once per ``token_cache`` and token."""

    def __init__(self, hub: HubAuth, clock: Clock, settings: ServiceSettings) -> None:
        self._hub = hub
        self._clock = clock
        self._settings = settings
        self._known: dict[str, _Word] = {}

    async def person(self, token: str) -> Person:
        """Return the token's owner; raise `NotSignedIn` if it may not use this service."""
        user = await self._ask(token)
        if user is None or not self._settings.lets_in(user.scopes):
            raise NotSignedIn(
                "The token is not one that may use this service.",
                allowed=f"a token of a user with the scope {self._settings.access_scope}",
                advice="Take the token of your server, or make one on the hub's token page.",
            )
        return Person(user.name, False, user.groups, "token", scopes=user.scopes)

    def knows(self, token: str) -> bool:
        """Tell whether the token was somebody's when the hub was asked last."""
        known = self._known.get(digest(token))
        return known is not None and known.user is not None

    async def _ask(self, token: str) -> HubUser | None:
        key, now = digest(token), self._clock()
        known = self._known.get(key)
        if known and abs(now - known.at) < self._settings.token_cache:
            return known.user
        try:
            user = await self._hub.whoami(token)
        except Unavailable:
            if known and now - known.at < self._settings.hub_down_grace:
                return known.user
            raise
        while len(self._known) >= _MOST_REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known.pop(key, None)
        self._known[key] = _Word(user, now)
        return user
