"""Pods that ended without being asked to: their owners are told, and their servers started again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from maia_hub.cluster.ends import Cause, End
from maia_hub.cluster.pod import Pod
from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import LeaseId
from maia_hub.desk import Desk, Loss
from maia_hub.hub import HubApi

_log = logging.getLogger(__name__)

_AT_ONCE: Mapping[Cause, Loss] = {
    Cause.DEADLINE: "deadline",
    Cause.OUT_OF_MEMORY: "out-of-memory",
    Cause.PREEMPTED: "preempted",
    Cause.EVICTED: "evicted",
    Cause.DRAINED: "drained",
    Cause.NODE_LOST: "node-lost",
    Cause.NODE_SHUTDOWN: "node-shutdown",
}
"""Known for certain as soon as the pod has to go."""
_WHEN_GONE: Mapping[Cause, Loss] = {
    **_AT_ONCE,
    Cause.FAILED: "failed",
    Cause.DELETED: "deleted",
    Cause.VANISHED: "vanished",
}
"""Known once nothing runs any more: the kubelet may add the real reason to an error until then."""


class Losses:
    """Tells the desk of pods that were lost. A server that its owner, or the hub, has stopped was not."""

    def __init__(self, desk: Desk, hub: HubApi, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._hub = hub
        self._clock = clock
        self._telling: set[asyncio.Task[None]] = set()

    def take(self, pod: Pod, end: End) -> None:
        """Take note of a pod that has to go or has ended; call it on the event loop."""
        _log.info("pod %s ended: %s", pod.path, end.text)
        why = (_WHEN_GONE if pod.ended else _AT_ONCE).get(end.cause)
        if why is not None and pod.of_hub and pod.lease is not None:
            task = asyncio.create_task(self._tell(pod.lease, why, end.text))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, grant: LeaseId, why: Loss, detail: str) -> None:
        try:
            if why not in ("deleted", "vanished") or await self._hub_believes_in(grant):
                await asyncio.to_thread(self._desk.lost, grant, why, detail, self._clock())
        except MaiaError as e:
            _log.warning("the loss of %s (%s) was not told: %s", grant, why, e.message)

    async def _hub_believes_in(self, grant: LeaseId) -> bool:
        """Tell whether the hub still takes the server for running: then it was not the hub that removed its pod."""
        known = await asyncio.to_thread(self._desk.server_of, grant, self._clock())
        found = await self._hub.server(known.user, known.server) if known is not None else None
        return found is not None and found.ready and found.pending is None
