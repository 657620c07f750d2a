"""Sign-ins of browsers: a random cookie there, all else in the store, the hub asked every minute."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from fastapi.concurrency import run_in_threadpool

from maia_hub.core.errors import NotSignedIn, Unavailable
from maia_hub.core.ids import UserName
from maia_hub.desk import WebSession
from maia_hub.service.hubauth import HubAuth, HubUser
from maia_hub.service.people import Clock, Person, digest
from maia_hub.service.recent import RecentSignIns
from maia_hub.service.settings import ServiceSettings

COOKIE = "maia-session"
_LONGEST_COOKIE = 200


class Kept(Protocol):
    """Where sign-ins are kept, by the digest of their cookie."""

    def get(self, digest: str) -> WebSession | None:
        """Return a sign-in; None if there is none, or none any more."""

    def put(self, session: WebSession) -> None:
        """Keep a new sign-in, or a changed one."""

    def delete(self, digest: str) -> None:
        """Forget a sign-in."""


class Sessions:
    """Opens, recognises and closes sign-ins; ``seen`` of a kept one is when the hub last confirmed it."""

    def __init__(self, kept: Kept, hub: HubAuth, clock: Clock, settings: ServiceSettings) -> None:
        self._kept = kept
        self._hub = hub
        self._clock = clock
        self._settings = settings
        self._recent = RecentSignIns(settings.session_cache)

    async def open(self, hub_token: str) -> str:
        """Open a session for the owner of a fresh hub token; return the cookie's value."""
        user = await self._hub.whoami(hub_token)
        if user is None or not self._settings.lets_in(user.scopes):
            raise NotSignedIn(
                "The hub does not let you use the booking service.",
                advice="Ask the administrator for access.",
            )
        cookie, now = secrets.token_urlsafe(32), self._clock()
        session = WebSession(
            digest=digest(cookie),
            user=UserName(user.name),
            admin=user.admin,
            groups=user.groups,
            hub_token=hub_token,
            created=now,
            seen=now,
            expires=now + self._settings.session_age,
        )
        await run_in_threadpool(self._kept.put, session)
        return cookie

    async def person(self, cookie: str) -> Person | None:
        """Return whose cookie it is; None if it is nobody's, too old, or the hub has ended the sign-in."""
        if not cookie or len(cookie) > _LONGEST_COOKIE:
            return None
        current = await self.standing(digest(cookie))
        if current is None:
            return None
        return Person(current.user, current.admin, tuple(current.groups), "session", cookie)

    async def standing(self, key: str) -> WebSession | None:
        """Return a sign-in by the digest of its cookie, as the hub has it; None if it is over."""
        session = await self._known(key)
        if session is None:
            return None
        current = await self._confirmed(session) if self._clock() < session.expires else None
        if current is None:
            await self._end(session.digest)
        return current

    async def close(self, cookie: str) -> None:
        """Forget a sign-in."""
        await self._end(digest(cookie))

    async def _known(self, key: str) -> WebSession | None:
        """Return a sign-in as it is, or was a moment ago."""
        recent = self._recent.get(key, self._clock())
        if recent is not None:
            return recent
        drops, now = self._recent.drops, self._clock()
        session = await run_in_threadpool(self._kept.get, key)
        if session is not None:
            self._recent.put(session, now, drops)
        return session

    async def _end(self, key: str) -> None:
        await run_in_threadpool(self._kept.delete, key)
        self._recent.drop(key)

    async def _confirmed(self, session: WebSession) -> WebSession | None:
        """Return the session as the hub has it; as it was, if that is recent or the hub is down."""
        now = self._clock()
        if _near(session.seen, now, self._settings):
            return session
        try:
            user = await self._hub.whoami(session.hub_token)
        except Unavailable:
            if now - session.seen < self._settings.hub_down_grace:
                return session
            raise
        if user is None or user.name != session.user or not self._settings.lets_in(user.scopes):
            return None
        return await self._refreshed(session, user, now)

    async def _refreshed(self, session: WebSession, user: HubUser, now: datetime) -> WebSession:
        fresh, drops = replace(session, admin=user.admin, groups=user.groups, seen=now), self._recent.drops
        await run_in_threadpool(self._kept.put, fresh)
        self._recent.put(fresh, now, drops)
        return fresh


def _near(seen: datetime, now: datetime, settings: ServiceSettings) -> bool:
    """Tell whether the hub's word is recent; a word from the future is none, for the clock was set back."""
    return abs(now - seen) < settings.revalidate
