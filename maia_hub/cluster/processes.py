"""The pods behind leases, as the control loops ask for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from maia_hub.cluster.connection import Api
from maia_hub.cluster.pod import Pod
from maia_hub.cluster.pods import PodWatch
from maia_hub.core.errors import Conflict, MaiaError, NotFound
from maia_hub.core.ids import LeaseId
from maia_hub.core.leases import Lease

_log = logging.getLogger(__name__)

STARTS_WITHIN = timedelta(minutes=10)
"""A lease whose pod is not there after so long never gets one: the hub gives up a start earlier."""
ORPHANED = timedelta(seconds=45)
"""The lease of a pod that no hub made lapses if it never came: what refused it after the review did so at once."""
_SEEN_TWICE = timedelta(seconds=10)
"""A pod whose grant nobody knows is deleted if that is still so after this time: the first look may be the older."""


class HasGrant(Protocol):
    """A server, as far as it matters here."""

    @property
    def grant_id(self) -> UUID:
        """What it was given."""


class PodProcesses:
    """Answers from memory and deletes in the background, so it may be called from any thread.

    Make it on the event loop that its connection and its watch live on.
    """

    def __init__(self, api: Api, pods: PodWatch, *, starts_within: timedelta = STARTS_WITHIN) -> None:
        self._api = api
        self._pods = pods
        self._starts_within = starts_within
        self._loop = asyncio.get_running_loop()
        self._strangers: dict[str, datetime] = {}

    def unsure(self, grants: Sequence[LeaseId]) -> list[LeaseId]:
        """Return those of these grants that have no pod that runs; none while the watch is stale."""
        if self._pods.stale:
            return []
        running = self._pods.running()
        return [grant for grant in grants if str(grant) not in running]

    def gone(self, lease: Lease, now: datetime) -> bool:
        """Tell whether all pods of the lease have ended, or none will ever come.

        Never while the watch is stale, and not before the time for a start has passed if no pod was seen yet.
        """
        if self._pods.stale:
            return False
        over = self._pods.over(lease.id)
        within = ORPHANED if lease.of_pod else self._starts_within
        return now - lease.since > within if over is None else over

    def sweep(self, grant: LeaseId) -> None:
        """Delete what still runs for a grant; ended pods stay for whoever wants to know why."""
        for pod in self._pods.of_grant(grant):
            if not (pod.ended or pod.removed):
                self.remove(pod, "its lease is over")

    def tidy(self, servers: Sequence[HasGrant], now: datetime) -> None:
        """Delete the hub's pods whose grant nobody knows, once that was seen twice; forget what has ended.

        Pods that no hub made (Jobs, a person's own) hold their leases without a server: they are left alone.
        """
        if self._pods.stale:
            self._strangers.clear()
            return
        known = {str(server.grant_id) for server in servers}
        strangers = [p for p in self._pods.pods() if p.of_hub and p.grant not in known and not p.removed]
        seen, self._strangers = self._strangers, {}
        for pod in strangers:
            first = self._strangers[pod.uid] = seen.get(pod.uid, now)
            if now - first >= _SEEN_TWICE:
                self.remove(pod, "nobody knows its grant")
        self._pods.forget([grant for grant in self._pods.remembered() if grant not in known])

    def remove(self, pod: Pod, reason: str) -> None:
        """Delete a pod, whatever its name belongs to meanwhile."""
        _log.warning("pod %s/%s is deleted: %s", pod.namespace, pod.name, reason)
        self._in_background(self._api.delete(pod.path, uid=pod.uid), pod)

    def _in_background(self, work: Coroutine[Any, Any, None], pod: Pod) -> None:
        def look(done: Future[None]) -> None:
            error = None if done.cancelled() else done.exception()
            if isinstance(error, MaiaError) and not isinstance(error, NotFound | Conflict):
                _log.warning("pod %s/%s was not deleted: %s", pod.namespace, pod.name, error.message)
            elif error is not None and not isinstance(error, MaiaError):
                _log.error("pod %s/%s was not deleted", pod.namespace, pod.name, exc_info=error)

        asyncio.run_coroutine_threadsafe(work, self._loop).add_done_callback(look)
