"""The order of a stream: what was decided about a user, told once each, also over a connection that broke.

An id on the stream says: all that was decided up to this event was told. The state is whole whenever it is sent.
"""

from __future__ import annotations

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from maia_hub.client import models as m
from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import UserName
from maia_hub.desk import Changes, Event
from maia_hub.service.context import Context
from maia_hub.service.streams import Feed

_LONGEST = 64


class Order:
    """Up to which event one listener was told of what was decided."""

    def __init__(self, context: Context, user: str, feed: Feed) -> None:
        self._context = context
        self._user = UserName(user)
        self._feed = feed
        self._moved = -1
        self._after: int | None = None
        self.upto: int | None = None

    async def begin(self, given: str | None) -> list[bytes]:
        """Return what came after the event that a listener was told last; a `reset` if that cannot be said."""
        self._after = _number(given)
        told = await self.news()
        if given is not None and self._after is None:
            return [self._reset(given, "that is no id of an event"), *told]
        return told

    async def news(self) -> list[bytes]:
        """Return what was decided since the last time; nothing if nothing was, or while the database says nothing."""
        moved = self._feed.moved
        if moved == self._moved:
            return []
        desk, now, after = self._context.desk, self._context.clock(), self.upto
        try:
            found = await run_in_threadpool(
                desk.changes, self._user, self._after if after is None else after, now
            )
        except MaiaError:
            return []
        self._moved = moved
        return self._told(found)

    def _told(self, found: Changes) -> list[bytes]:
        before = self._after if self.upto is None else self.upto
        self.upto = found.upto
        if found.gap:
            return [self._reset(str(before), found.gap)]
        return [written("change", _change(event), event.id) for event in found.told]

    def _reset(self, given: str, reason: str) -> bytes:
        return written("reset", m.Reset(given=given[:_LONGEST], reason=reason), self.upto)


def written(name: str, data: BaseModel, upto: int | None = None) -> bytes:
    """Write one event; one without an id leaves that of the listener as it is."""
    number = "" if upto is None else f"id: {upto}\n"
    return f"{number}event: {name}\ndata: {data.model_dump_json()}\n\n".encode()


def _number(given: str | None) -> int | None:
    """Return the id that was given; None if it is none."""
    if given is None or not given.isascii() or not given.isdecimal() or len(given) > 18:
        return None
    return int(given)


def _change(event: Event) -> m.Change:
    return m.Change(
        id=event.id,
        at=event.at,
        action=event.action,
        subject=event.subject,
        by=event.actor,
        reason=event.reason,
        project=event.project,
    )
