"""Pods on a real cluster, and what the watch says about them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from maia_hub.cluster.connection import Api, connect
from maia_hub.cluster.ends import End
from maia_hub.cluster.pod import Pod
from maia_hub.cluster.pods import PodWatch
from maia_hub.core import marks
from maia_hub.core.ids import LeaseId
from tests.kube.kube import Kube
from tests.waiting import until

WAITS = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
SESSION_VOLUME = {
    "name": "session",
    "downwardAPI": {
        "items": [
            {
                "path": "grant.json",
                "fieldRef": {"fieldPath": f"metadata.annotations['{marks.SESSION}']"},
            }
        ]
    },
}


def pod(
    image: str,
    grant: LeaseId | str,
    script: str = WAITS,
    *,
    limits: dict[str, str] | None = None,
    by_hub: bool = True,
    **spec: Any,
) -> dict[str, Any]:
    """Return a small pod that carries a grant."""
    annotations = {marks.USERNAME: "ann"} if by_hub else {}
    container: dict[str, Any] = {
        "name": "notebook",
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["bash", "-c", script],
        "resources": {"limits": limits or {}},
        "volumeMounts": [{"name": "session", "mountPath": str(marks.SESSION_FOLDER)}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"jupyter-{str(grant)[:8]}",
            "labels": {marks.GRANT: str(grant)},
            "annotations": {marks.SESSION: "first", **annotations},
        },
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 5,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "containers": [container],
            "volumes": [SESSION_VOLUME],
            **spec,
        },
    }


def new_grant() -> LeaseId:
    return LeaseId(uuid4())


@dataclass
class Ground:
    """A namespace of a real cluster with a watch over it."""

    kube: Kube
    namespace: str
    image: str
    api: Api
    watch: PodWatch
    ends: list[tuple[Pod, End]] = field(default_factory=list)

    async def kubectl(self, *arguments: str, given: str | None = None) -> str:
        return await asyncio.to_thread(
            self.kube.kubectl, "--namespace", self.namespace, *arguments, given=given
        )

    async def start(
        self, script: str = WAITS, grant: LeaseId | None = None, *, runs: bool = True, **more: Any
    ) -> LeaseId:
        """Make a pod and wait until the watch knows it (and that it runs)."""
        grant = grant or new_grant()
        wanted = pod(self.image, grant, script, **more)
        await self.kubectl("create", "-f", "-", given=json.dumps(wanted))
        await until(lambda: self.watch.of_grant(grant), "the pod in the watch")
        if runs:
            await self.kubectl("wait", f"pod/{name(grant)}", "--for=condition=Ready", "--timeout=60s")
        return grant

    def told(self, grant: LeaseId) -> list[tuple[bool, End]]:
        """Return what was told of the end of a grant's pods: whether it had ended, and why."""
        return [(pod.ended, end) for pod, end in self.ends if pod.grant == str(grant)]

    async def end_of(self, grant: LeaseId) -> End:
        """Wait until the end was told and return it."""
        await until(lambda: any(ended for ended, _ in self.told(grant)), "the end")
        return self.told(grant)[-1][1]


def name(grant: LeaseId | str) -> str:
    return f"jupyter-{str(grant)[:8]}"


@asynccontextmanager
async def ground(kube: Kube, namespace: str, image: str) -> AsyncIterator[Ground]:
    """Follow the pods of a namespace for the time of a block."""
    async with await connect(kube.kubeconfig) as api:
        ends: list[tuple[Pod, End]] = []
        watch = PodWatch(api, [namespace], on_end=lambda pod, end: ends.append((pod, end)))
        async with running(watch.run()):
            await asyncio.wait_for(watch.synced(), 30)
            yield Ground(kube, namespace, image, api, watch, ends)


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    """Run something beside the block and end it with it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
