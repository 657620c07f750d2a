"""The spawner of a cluster: a server is a pod, and the pod is what was granted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from copy import copy
from datetime import datetime, timezone
from typing import Any

from jupyterhub.spawner import SpawnException
from kubernetes_asyncio.client import V1Pod
from kubespawner.spawner import KubeSpawner
from traitlets import Bool, Integer, Set, Unicode, default

from maia_hub.client.models import Grant
from maia_hub.core import marks
from maia_hub.core.ids import NodeId
from maia_hub.core.leases import GrantKind
from maia_hub.core.machines import machine_of
from maia_spawner.booked import BookedSpawner, Cause
from maia_spawner.manifest import Given, Rules, granted
from maia_spawner.podwatch import happening
from maia_spawner.seen import SeeingSpawner

_LOOK = 0.1  # seconds between two looks at what happens in a start


class MaiaSpawner(BookedSpawner, SeeingSpawner):
    """KubeSpawner with the booking service's word on GPUs; with ``booking_enabled`` off it is KubeSpawner."""

    supervised = Bool(
        True,
        help="The image has maia-supervise, which keeps the end inside the container and follows extensions. "
        "Without it the pod's own deadline is the booked end, and a running server cannot be extended: if its "
        "booking is, it is restarted at that end.",
    ).tag(config=True)
    priority_classes = Bool(
        True, help="The cluster has the priority classes maia-booked, maia-opportunistic and maia-cpu."
    ).tag(config=True)
    gpu_node_keys = Set(
        Unicode(),
        help="Keys of node labels and taints, besides those of GPU vendors, that only a GPU server needs: "
        "a CPU server is freed of them.",
    ).tag(config=True)
    gpu_runtime_classes = Set(
        Unicode(), default_value={"nvidia"}, help="Runtime classes that only a GPU server needs."
    ).tag(config=True)
    termination_grace = Integer(
        25,
        help="Seconds that a pod gets to save, run its hook and end after it was asked to; with a booked GPU and "
        "without maia-supervise 5 at the most, for whatever ignores that would keep the GPU for so long.",
    ).tag(config=True)

    shared_claim = Unicode(
        help="The PersistentVolumeClaim (ReadWriteMany, in the servers' namespace) with groups' folders; a server "
        "mounts those of its user's. Empty: there are none. The chart's workspaces.shared keeps others from it."
    ).tag(config=True)

    _starting = False

    @default("delete_grace_period")
    def _delete_grace_period_as_granted(self) -> int:
        return int(self.termination_grace) if self.booking_enabled else 1

    @property
    def fixed_end(self) -> bool:
        """Whether a server that runs cannot be told of a later end."""
        return not self.supervised

    # ---- start

    def start(self) -> Any:
        """Ask for a grant and start its pod."""
        if not self.booking_enabled:
            return super().start()
        # KubeSpawner's progress() looks at this future.
        self._start_future = asyncio.ensure_future(self._start_as_granted())
        return self._start_future

    async def _start_as_granted(self) -> Any:
        self._starting = True
        try:
            grant = await self.ask_for_grant()
            address = await self.start_and_see(self._ours)
        except BaseException:  # a time-out of the hub cancels us: nothing may stay behind in that case either
            await asyncio.shield(self._undo())
            raise
        finally:
            self._starting = False
        self.report_when_ready(grant)
        return address

    def _ours(self, pod: dict[str, Any]) -> bool:
        grant = (pod["metadata"].get("labels") or {}).get(marks.GRANT)
        return self.grant is not None and grant == str(self.grant.id)

    async def _undo(self) -> None:
        try:
            await super().stop(now=True)
        except Exception:
            self.log.exception("The pod of a start that failed could not be deleted: %s", self._log_name)
        self.report_ended("failed")

    async def _make_create_pod_request(self, pod: V1Pod, request_timeout: float) -> bool:
        """Create the pod as granted, after every profile and hook has had its say."""
        if self.booking_enabled:
            pod = self._as_granted(pod)
        return bool(await super()._make_create_pod_request(pod, request_timeout))

    def _as_granted(self, pod: V1Pod) -> V1Pod:
        made = granted(self.api.api_client.sanitize_for_serialization(pod), self._given(), self._rules())
        metadata = copy(pod.metadata)
        metadata.labels, metadata.annotations = made["metadata"]["labels"], made["metadata"]["annotations"]
        return V1Pod(api_version="v1", kind="Pod", metadata=metadata, spec=made["spec"])

    def _given(self) -> Given:
        grant = self.grant
        if grant is None:
            raise SpawnException("Nothing was granted to this start.", reason="no-grant", status_code=500)
        annotations = {
            marks.SESSION: grant.session,
            marks.BOOKING: str(grant.booking or ""),
            marks.UNTIL: grant.until.isoformat() if grant.until else "",
        }
        return Given(
            id=str(grant.id),
            kind=GrantKind(grant.kind),
            resource=grant.resource,
            count=len(grant.gpus),
            node=machine_of(NodeId(grant.node)) if grant.node else None,
            deadline=self._deadline(grant),
            annotations={key: value for key, value in annotations.items() if value},
            environment=self.session_environment(grant),
            folders={each.name: str(each.group) for each in grant.folders},
        )

    def _deadline(self, grant: Grant) -> int | None:
        """Return the pod's lifetime: Kubernetes lets it be lowered later, never raised."""
        if grant.kind != GrantKind.BOOKED.value:
            return None
        last = grant.latest if self.supervised else grant.until
        if last is None:
            return None
        return max(1, int((last - datetime.now(timezone.utc)).total_seconds()))

    def _rules(self) -> Rules:
        return Rules(
            gpu_keys=frozenset(self.gpu_node_keys),
            gpu_runtimes=frozenset(self.gpu_runtime_classes),
            grace=self.termination_grace,
            supervised=self.supervised,
            priorities=self.priority_classes,
            shared_claim=self.shared_claim,
        )

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the service said, then what happens to the pod."""
        shown = 0
        while self.booking_enabled and self.pending and (self.grant is None or shown < len(self.messages)):
            for message in self.messages[shown:]:
                yield {"progress": 10, "message": message}
                shown += 1
            await asyncio.sleep(_LOOK)
        async for event in KubeSpawner.progress(self):
            if self.booking_enabled and "raw_event" in event:
                event["message"] = happening(event["raw_event"])
            yield event

    # ---- poll and stop

    async def poll(self) -> int | None:
        """Return None while the pod runs, its exit status (1 if not known) once it is gone."""
        status: int | None = await super().poll()
        if status is not None and self.booking_enabled and not self._starting:
            await self.conclude("stopped" if self._stop_pending else self._lost_to())
        return status

    def _lost_to(self) -> Cause:
        taken = self.grant is not None and self.taken_by_scheduler(self.grant.since)
        return "preempted" if taken else "failed"

    async def stop(self, now: bool = False) -> None:
        """End the pod; returns once it is gone."""
        if not self.booking_enabled:
            await super().stop(now)
            return
        await self.stop_and_see(now)
        if not self._starting:  # a start clears away an old pod of the same name
            await self.conclude("stopped")
