"""Keeping what is written on pods equal to what the desk says."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol
from uuid import UUID

from maia_hub.cluster.sessions import Wanted
from maia_hub.core.ids import LeaseId, ServerName, UserName
from maia_hub.core.leases import is_of_pod
from maia_hub.desk.values import Held
from maia_hub.store.events import Event

_log = logging.getLogger(__name__)

_AGAIN = 2.0  # seconds until a database that refused is asked again
_APART = 1.0  # seconds, at least, between two looks at all servers
_SHARE = 25.0  # and so many times what the last one took: this is at most a twenty-fifth of a core
_REST = 2.0  # the same between two looks at some users
_MANY = 200  # events of more users than that at once: then all are looked at
_NO_NEWS = ("server.", "lease.released")
"""What pods say does not change with these."""
_CALENDAR = ("booking.", "outage.", "inventory.")
"""With these the latest end that an extension could bring may move for others than their user."""


class Desk(Protocol):
    """Who says what pods should say."""

    def held(self, now: datetime) -> Sequence[Held]:
        """Return what all should say."""

    def held_by(self, users: Collection[UserName], now: datetime) -> Sequence[Held]:
        """Return what some users' should say, without the latest end."""


class Writer(Protocol):
    """Who writes it."""

    def want(self, grant: LeaseId, wanted: Wanted | None) -> None:
        """Say what one should say."""

    def want_all(self, wanted: Mapping[LeaseId, Wanted]) -> None:
        """Say what all should say, and forget the others."""


class Sessions:
    """Looks at a user's servers as soon as something of hers changes; at all of them when that may concern others.

    Looking at thousands takes time, and what is found there may wait: a deadline that could be lowered. Make it and
    run it on the event loop of its writer.
    """

    def __init__(self, desk: Desk, writer: Writer, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._writer = writer
        self._clock = clock
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._users: set[UserName] = set()
        self._all = True
        self._all_at = float("-inf")

    def wake(self, event: Event) -> None:
        """Take note of what happened; may be called from any thread."""
        if not event.action.startswith(_NO_NEWS):
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._note, event)

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._changed.clear()
            try:
                await self._look()
            except Exception:  # a database that is away comes back, and nobody would wake us then
                _log.exception("what pods should say could not be read; it is tried again")
                self._all, self._all_at = True, time.monotonic() + _AGAIN
            pause = self._all_at - time.monotonic() if self._all else None
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause if pause is None else max(pause, 0.0))

    def _note(self, event: Event) -> None:
        self._users.add(event.user)
        self._all = self._all or event.action.startswith(_CALENDAR)
        self._changed.set()

    async def _look(self) -> None:
        began = time.monotonic()
        users, self._users = frozenset(self._users), set()
        if self._all and began >= self._all_at:
            self._all = False
            self._writer.want_all(_wanted(await asyncio.to_thread(self._desk.held, self._clock())))
            took = time.monotonic() - began
            self._all_at = time.monotonic() + max(_APART, _SHARE * took)
        elif len(users) > _MANY:
            self._all = True
        elif users:
            found = await asyncio.to_thread(self._desk.held_by, users, self._clock())
            for grant, wanted in _wanted(found).items():
                self._writer.want(grant, wanted)
            await asyncio.sleep(_REST * (time.monotonic() - began))


def _wanted(held: Sequence[Held]) -> dict[LeaseId, Wanted]:
    return {
        LeaseId(UUID(each.session.grant)): Wanted(
            session=each.session.to_json(),
            until=each.session.until,
            latest_end=each.latest,
            gone_by_then=is_of_pod(ServerName(each.session.server)),
        )
        for each in held
    }
