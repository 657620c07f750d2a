"""A list and a watch of objects that keep the present state in memory, for as long as the process runs.

All is listed once, consistently, then the API tells of each change; bookmarks keep the place in the stream fresh, so
that a stream that the server ends goes on where it ended, or lists anew if the API has forgotten that place. Nothing
is asked for again and again: between changes the stream is silent. After a break the state counts as stale until it
has been listed anew: only then nothing that happened meanwhile can be missing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from maia_hub.cluster.connection import Api, Json
from maia_hub.cluster.failures import refuse
from maia_hub.core.errors import MaiaError, Unavailable

_log = logging.getLogger(__name__)

T = TypeVar("T")

_STREAM = (90, 120)
"""The server ends a stream after so many seconds (somewhere between), and it goes on in a new one."""
_LATE = 15.0
"""A stream that is so many seconds overdue has broken without a word. An idle one may be silent until then: there
are bookmarks each minute only while something in the cluster changes. (A dead machine is noticed sooner.)"""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0  # seconds between two attempts
_MOST_FAILURES = 10  # after so many the pause grows no more


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """What became of one object: ``new`` is None when it is gone, ``old`` when it was not known.

    ``seen`` is false if its end was not: it was missing in a new list.
    """

    old: T | None
    new: T | None
    seen: bool = True


@dataclass
class Watch(Generic[T]):
    """Keeps what ``read`` makes of each object at ``path`` (None: not of interest).

    ``on_change`` is called on the event loop for each object that became another, once it is in ``objects``;
    ``on_sync`` each time a stream begins, by which all is known, and when one broke. Objects and staleness may be read
    from any thread. ``selector`` and ``fields`` are the API's own, of labels and of fields.
    """

    api: Api
    path: str
    read: Callable[[Json], T | None]
    on_change: Callable[[Change[T]], None] = lambda _: None
    on_sync: Callable[[], None] = lambda: None
    selector: str = ""
    fields: str = ""
    _objects: dict[str, T] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _version: str | None = field(default=None, init=False)
    _broken: bool = field(default=True, init=False)
    _failures: int = field(default=0, init=False)
    _synced: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    @property
    def stale(self) -> bool:
        """Tell whether the state may lag behind: before the first list, and while no stream is open."""
        return self._broken

    @property
    def objects(self) -> Mapping[str, T]:
        """Return the present objects by their uid: a copy, as they were at one moment."""
        with self._lock:
            return dict(self._objects)

    async def synced(self) -> None:
        """Wait until the state is known and followed."""
        await self._synced.wait()

    async def run(self) -> None:
        """List and watch until cancelled; every failure is tried again, with growing pauses."""
        try:
            while True:
                try:
                    if self._version is None:
                        await self._list()
                    await self._follow()
                except MaiaError as e:
                    self._start_over(f"{e.message} ({e.given})")
                except Exception as e:
                    _log.exception("the watch of %s failed and starts over", self.path)
                    self._start_over(repr(e))
                pause = min(_SHORTEST_PAUSE * 2**self._failures, _LONGEST_PAUSE)
                await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311  (it spreads load)
        finally:
            self._set_broken()

    def _start_over(self, reason: str) -> None:
        self._version = None
        self._failures = min(self._failures + 1, _MOST_FAILURES)
        if self._failures == 1:
            _log.warning("the watch of %s is stale: %s", self.path, reason)
        self._set_broken()

    async def _list(self) -> None:
        found = await self.api.get(self.path, **self._query())
        objects = {item["metadata"]["uid"]: self.read(item) for item in found.get("items") or []}
        for uid in self.objects.keys() - {uid for uid, item in objects.items() if item is not None}:
            self._put(uid, None, seen=False)
        for uid, item in objects.items():
            self._put(uid, item)
        self._version = found["metadata"]["resourceVersion"]

    async def _follow(self) -> None:
        """Follow the stream until the server ends it."""
        length = random.randint(*_STREAM)  # noqa: S311  (it spreads load)
        query = self._query()
        query |= {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": str(self._version),
            "timeoutSeconds": str(length),
        }
        async with self.api.stream(self.path, length + _LATE, **query) as lines:
            self._set_fresh()
            async for line in lines:
                self._take(line)

    def _take(self, line: Json) -> None:
        kind, item = line.get("type"), line.get("object") or {}
        if kind == "ERROR":
            refuse(int(item.get("code") or 500), str(item.get("message")), f"watching {self.path}")
        try:
            if kind in ("ADDED", "MODIFIED"):
                self._put(item["metadata"]["uid"], self.read(item))
            elif kind == "DELETED":
                self._put(item["metadata"]["uid"], None)
            self._version = item["metadata"]["resourceVersion"]
        except (KeyError, TypeError) as e:
            raise Unavailable("Kubernetes sent an event that cannot be read.", given=str(kind)) from e

    def _put(self, uid: str, new: T | None, *, seen: bool = True) -> None:
        with self._lock:
            old = self._objects.pop(uid, None)
            if new is not None:
                self._objects[uid] = new
        if old != new:
            self._tell(partial(self.on_change, Change(old, new, seen)))

    def _tell(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception:
            _log.exception("a change of %s was not taken in; the watch goes on", self.path)

    def _set_fresh(self) -> None:
        self._broken, self._failures = False, 0
        self._synced.set()
        self._tell(self.on_sync)

    def _set_broken(self) -> None:
        if not self._broken:
            self._broken = True
            self._synced.clear()
            self._tell(self.on_sync)

    def _query(self) -> dict[str, str]:
        asked = {"labelSelector": self.selector, "fieldSelector": self.fields}
        return {name: value for name, value in asked.items() if value}
