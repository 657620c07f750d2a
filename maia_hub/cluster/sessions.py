"""Writing on a server's pod what it holds and until when, and lowering the pod's deadline.

Level-triggered: what each grant's pod should say is compared with what the watch sees of it, whenever one of the two
changes, and only what differs is written. A write that fails is tried again.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from maia_hub.cluster.connection import Api, Json
from maia_hub.cluster.pod import Pod
from maia_hub.cluster.pods import PodWatch
from maia_hub.core import marks
from maia_hub.core.errors import MaiaError, NotFound
from maia_hub.core.ids import LeaseId
from maia_hub.core.interval import as_utc

_log = logging.getLogger(__name__)

_AT_ONCE = 16
"""So many pods are written at the same time."""
_PAUSE = 1.0
"""Seconds after which a failed write is tried again."""
_LONGEST_DEADLINE = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the pod of a grant should say: the session file's text, and when the GPU goes back (None: no end).

    ``latest_end`` is the latest end that policy and calendar could still grant; None leaves the deadline alone.
    ``gone_by_then``: nothing else ends it, so that it is told to stop earlier, by as long as it has for that.
    """

    session: str
    until: datetime | None = None
    latest_end: datetime | None = None
    gone_by_then: bool = False


def deadline(started: datetime, present: int | None, latest_end: datetime) -> int | None:
    """Return the ``activeDeadlineSeconds`` by which a pod ends at ``latest_end``; None if it has to stay as it is.

    They count from ``started``, may be set from nothing or lowered, and never raised. They are rounded up: a pod is
    never ended before what was promised.
    """
    wanted = min(max(math.ceil((latest_end - started).total_seconds()), 1), _LONGEST_DEADLINE)
    return wanted if present is None or wanted < present else None


def changes(pod: Pod, wanted: Wanted) -> list[Json]:
    """Return the patches that make the pod say what is wanted; empty if it does."""
    patches: list[Json] = []
    until = None if wanted.until is None else as_utc(wanted.until).isoformat()
    if (pod.session, pod.until) != (wanted.session, until):
        patches.append({"metadata": {"annotations": {marks.SESSION: wanted.session, marks.UNTIL: until}}})
    if wanted.latest_end is not None and pod.started is not None:
        stopping = timedelta(seconds=pod.grace if wanted.gone_by_then else 0)
        seconds = deadline(pod.started, pod.deadline, wanted.latest_end - stopping)
        if seconds is not None:
            patches.append({"spec": {"activeDeadlineSeconds": seconds}})
    # Pods of one server have the same name: the uid keeps a write from its successor.
    return [{**patch, "metadata": {**patch.get("metadata", {}), "uid": pod.uid}} for patch in patches]


class SessionWriter:
    """Keeps the pods saying what is wanted. Make it and run it on the event loop of its connection."""

    def __init__(self, api: Api, pods: PodWatch) -> None:
        self._api = api
        self._pods = pods
        self._loop = asyncio.get_running_loop()
        self._wanted: dict[str, Wanted] = {}
        self._due: set[str] = set()
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self._something = asyncio.Event()
        pods.listen(lambda pod: self._look_at(pod.grant))

    def want(self, grant: LeaseId, wanted: Wanted | None) -> None:
        """Say what a grant's pod should say from now on, None: whatever it says; may be called from any thread."""
        self._on_loop({str(grant): wanted})

    def want_all(self, wanted: Mapping[LeaseId, Wanted]) -> None:
        """Say it of all grants at once: those that are missing are forgotten; may be called from any thread."""
        new: dict[str, Wanted | None] = {str(grant): each for grant, each in wanted.items()}
        self._on_loop(new, replace=True)

    async def run(self) -> None:
        """Write what differs until cancelled."""
        try:
            while True:
                await self._something.wait()
                self._something.clear()
                for grant in self._due - self._writing.keys():
                    self._due.discard(grant)
                    self._writing[grant] = task = asyncio.create_task(self._write(grant))
                    task.add_done_callback(partial(self._written, grant))
        finally:
            for task in self._writing.values():
                task.cancel()

    def _on_loop(self, new: Mapping[str, Wanted | None], *, replace: bool = False) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._take, new, replace)

    def _take(self, new: Mapping[str, Wanted | None], replace: bool) -> None:
        if replace:
            self._wanted = {grant: self._wanted[grant] for grant in self._wanted.keys() & new.keys()}
        for grant, wanted in new.items():
            if wanted is None:
                self._wanted.pop(grant, None)
            elif self._wanted.get(grant) != wanted:
                self._wanted[grant] = wanted
                self._look_at(grant)

    def _look_at(self, grant: str) -> None:
        if grant in self._wanted:
            self._due.add(grant)
            self._something.set()

    def _written(self, grant: str, task: asyncio.Task[None]) -> None:
        self._writing.pop(grant, None)
        if not task.cancelled() and task.exception() is not None:
            _log.error("the pod of grant %s was not written", grant, exc_info=task.exception())
        if self._due:
            self._something.set()

    async def _write(self, grant: str) -> None:
        for pod in self._pods.of_grant(grant):
            wanted = self._wanted.get(grant)
            if wanted is not None and not pod.ended:
                await self._patch(pod, wanted)

    async def _patch(self, pod: Pod, wanted: Wanted) -> None:
        try:
            for change in changes(pod, wanted):
                async with self._limit:
                    await self._api.patch(pod.path, change)
        except NotFound:
            pass  # it has ended; the watch will say so
        except MaiaError as e:
            _log.warning("pod %s/%s was not written: %s", pod.namespace, pod.name, e.message)
            self._loop.call_later(_PAUSE, self._look_at, pod.grant)
