"""KubeSpawner that goes by what its reflector has seen of a pod, and not by the clock alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from jupyterhub.spawner import SpawnException
from kubernetes_asyncio.client.rest import ApiException
from kubespawner.spawner import KubeSpawner

from maia_spawner.podwatch import failure, was_preempted
from maia_spawner.refusals import UNANSWERED, refusal

_LOOK = 0.1  # seconds between two looks

Pod = dict[str, Any]


class SeeingSpawner(KubeSpawner):
    """Lets a start fail, and a stop be over, as soon as that can be seen; KubeSpawner waits its whole time-out."""

    _deletion_sent: asyncio.Event | None = None

    async def start_and_see(self, ours: Callable[[Pod], bool]) -> Any:
        """Start the pod and return its address.

        Raises:
            SpawnException: it was refused, or cannot become ready any more, with the reason in words.
        """
        starting = asyncio.ensure_future(super()._start())
        failing = asyncio.ensure_future(self._failure(ours))
        try:
            await asyncio.wait({starting, failing}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                return starting.result()
            raise SpawnException(failing.result(), reason="pod-failed", status_code=500)
        except ApiException as e:  # a quota, a review, a policy: of the pod or of what it needs
            if said := refusal(e.status, e.body):
                status = 503 if said == UNANSWERED else 403
                raise SpawnException(said, reason="refused", status_code=status) from e
            raise
        finally:
            starting.cancel()
            failing.cancel()

    async def _failure(self, ours: Callable[[Pod], bool]) -> str:
        """Return why the starting pod never will be ready, as soon as that is known."""
        seen = ""
        while True:
            pod = self._pods.get(self._path)
            uid = pod["metadata"]["uid"] if pod and ours(pod) else ""
            if seen and not uid:
                return "The server's pod was deleted while it started. Start again, please."
            if pod and uid and (reason := failure(pod)):
                return reason
            seen = uid
            await asyncio.sleep(_LOOK)

    async def stop_and_see(self, now: bool) -> None:
        """Stop, and return as soon as the pod is seen gone.

        KubeSpawner's own looks come at growing intervals, seconds in the end: so long a GPU that is free would not be
        given back, and its user would be without a server.
        """
        self._deletion_sent = asyncio.Event()
        stopping = asyncio.ensure_future(super().stop(now))
        seen = asyncio.ensure_future(self._gone(self._deletion_sent))
        try:
            await asyncio.wait({stopping, seen}, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                stopping.result()
        finally:
            stopping.cancel()
            seen.cancel()

    async def _gone(self, sent: asyncio.Event) -> None:
        await sent.wait()
        while self._path in self._pods:
            await asyncio.sleep(_LOOK)

    async def _make_delete_pod_request(
        self, pod_name: str, delete_options: Any, grace_seconds: int, request_timeout: float
    ) -> bool:
        """Ask for the deletion, and note that it was asked for: a pod that is not seen yet is not one that is gone.

        The pod is given no more time than it was made with: the cluster would refuse that.
        """
        if self._deletion_sent is not None:
            made = self._pods.get(self._path, {}).get("spec", {})
            grace_seconds = min(grace_seconds, made.get("terminationGracePeriodSeconds", grace_seconds))
            delete_options.grace_period_seconds = grace_seconds
        done = await super()._make_delete_pod_request(
            pod_name, delete_options, grace_seconds, request_timeout
        )
        if done and self._deletion_sent is not None:
            self._deletion_sent.set()
        return bool(done)

    def taken_by_scheduler(self, since: datetime) -> bool:
        """Tell whether the scheduler has given the pod's place to another one."""
        return was_preempted(self.events, since)

    @property
    def _pods(self) -> dict[str, Pod]:
        return self.pod_reflector.pods if self.pod_reflector else {}

    @property
    def _path(self) -> str:
        return f"{self.namespace}/{self.pod_name}"
