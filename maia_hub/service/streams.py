"""The live state of each connected user: computed once for all tabs, sent when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from maia_hub.client.models import State, Usage
from maia_hub.core.errors import MaiaError
from maia_hub.desk import Event
from maia_hub.service.people import Clock

USAGE_EVERY = timedelta(seconds=5)
LONGEST_SLEEP = timedelta(seconds=15)
GATHER = 0.02
"""Seconds over which events are gathered before a state is computed: a booking writes several."""

_LEAVING = ("queue.left", "queue.declined", "queue.lapsed", "queue.ended", "queue.served")
EVERYBODYS = ("booking.", "class.", "outage.", "inventory.", "lease.", "wish.", *_LEAVING)
"""What the actions begin with that change what others see: the calendar, which GPUs are idle, who is before them."""

_log = structlog.get_logger("maia.service.streams")


@dataclass
class Feed:
    """The latest state and usage of one user; ``serial`` numbers count from 1, 0 stands for none yet."""

    listeners: int = 0
    state: State | None = None
    state_serial: int = 0
    usage: Usage | None = None
    usage_serial: int = 0
    moved: int = 0
    """How often something was decided about this user since the feed began."""
    dirty: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None

    def publish(self, state: State) -> None:
        """Take a new state; nobody is told if nothing but the clock differs."""
        if self.state is None or state.model_copy(update={"now": self.state.now}) != self.state:
            self.state = state
            self.state_serial += 1
            self.tell()

    def publish_usage(self, usage: Usage) -> None:
        """Take a new usage."""
        self.usage = usage
        self.usage_serial += 1
        self.tell()

    def tell(self) -> None:
        """Wake all listeners."""
        self.news.set()
        self.news = asyncio.Event()


class Streams:
    """Keeps a feed for every user who listens. `notify` may be called from any thread."""

    def __init__(
        self,
        clock: Clock,
        state_of: Callable[[str], Awaitable[State]],
        usage_of: Callable[[State], Awaitable[Usage | None]],
    ) -> None:
        self._clock = clock
        self._state_of = state_of
        self._usage_of = usage_of
        self._feeds: dict[str, Feed] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = asyncio.Event()

    def start(self) -> None:
        """Bind to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self.closed.set()
        for feed in self._feeds.values():
            feed.news.set()

    def notify(self, user: str | None = None) -> None:
        """Say that something changed for ``user``, or for everybody."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._mark, user)

    def event(self, event: Event) -> None:
        """Take an event of the desk: one about the calendar concerns everybody, any other one user."""
        self.notify(None if event.action.startswith(EVERYBODYS) else event.user)
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._move, event.user)

    def _mark(self, user: str | None) -> None:
        for name, feed in self._feeds.items():
            if user is None or name == user:
                feed.dirty.set()

    def _move(self, user: str) -> None:
        feed = self._feeds.get(user)
        if feed is not None:
            feed.moved += 1
            feed.dirty.set()

    def join(self, user: str) -> Feed:
        """Add a listener; the first one of a user starts the feed."""
        feed = self._feeds.setdefault(user, Feed())
        feed.listeners += 1
        if feed.keeper is None:
            feed.keeper = asyncio.create_task(self._keep(user, feed))
        return feed

    def leave(self, user: str, feed: Feed) -> None:
        """Remove a listener; with the last one the feed ends."""
        feed.listeners -= 1
        if feed.listeners == 0 and feed.keeper is not None:
            feed.keeper.cancel()
            self._feeds.pop(user, None)

    async def _keep(self, user: str, feed: Feed) -> None:
        usage_due, moved = self._clock(), feed.moved
        while True:
            feed.dirty.clear()
            try:
                feed.publish(await self._state_of(user))
                if feed.state is not None and self._clock() >= usage_due:
                    usage_due = self._clock() + USAGE_EVERY
                    await self._sample(feed, feed.state)
            except MaiaError as e:
                _log.warning("state", user=user, error=e.message)
            except Exception:
                _log.exception("state", user=user)
            if moved != feed.moved:
                moved = feed.moved
                feed.tell()
            await self._sleep(feed, usage_due)

    async def _sample(self, feed: Feed, state: State) -> None:
        usage = await self._usage_of(state)
        if usage is not None:
            feed.publish_usage(usage)

    async def _sleep(self, feed: Feed, usage_due: datetime) -> None:
        now = self._clock()
        wake = now + LONGEST_SLEEP
        if feed.state is not None:
            wake = min([wake, *(t for t in moments(feed.state) if t > now)])
            if any(session.gpus for session in feed.state.sessions):
                wake = min(wake, usage_due)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(feed.dirty.wait(), max((wake - now).total_seconds(), 0) + GATHER)
        await asyncio.sleep(GATHER)


def moments(state: State) -> list[datetime]:
    """Return the moments at which the passing of time alone may change a state."""
    found: list[datetime | None] = []
    for booking in state.bookings:
        found += [booking.start, booking.end]
    for session in state.sessions:
        found += [session.save_at, session.stop_at, session.until, session.next_start]
    for place in state.queue:
        found += [place.offer_until, place.expected]
    for entry in state.waitlist:
        found += [entry.offer_until, entry.latest_start]
    return [moment for moment in found if moment is not None]
