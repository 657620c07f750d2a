"""A pod that nobody stopped is lost: the desk learns what it was lost to, from a real cluster and a real hub."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from maia_hub.cluster.connection import connect
from maia_hub.cluster.pods import PodWatch
from maia_hub.core.ids import LeaseId, UserName
from maia_hub.deployed.losses import Losses
from maia_hub.desk import Actor, Loss
from maia_hub.desk.texts import LOST
from maia_hub.hub import HubApi
from tests.cluster.parts import WAITS, Ground, name, running
from tests.desk.office import Office
from tests.kube import images
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.stockhub import StockHub
from tests.waiting import until

pytestmark = pytest.mark.asyncio

NAMESPACE = "deployed-losses"
ALICE = Actor(UserName("alice"))
EATS = "x=$(head -c 300000000 /dev/zero | tr '\\0' 'x')"


@dataclass
class Scene:
    """A server on the cluster, as the desk, the hub and the watch know it."""

    office: Office
    field: Ground
    grant: LeaseId

    async def told(self, why: Loss) -> None:
        """Wait until its owner was told of a loss, and check that it is started again."""
        await until(self.titles, "the loss is told")
        assert self.titles() == [LOST[why][0]]
        (job,) = self.office.desk.due(self.later).respawns
        assert (job.user, job.cause, job.grant) == (ALICE.user, "lost", self.grant)

    def titles(self) -> list[str]:
        return [n.title for n in self.office.desk.state(ALICE.user, self.later).notices if n.kind == "lost"]

    @property
    def later(self) -> datetime:
        return self.office.after(minutes=5)


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    with kube.namespace(NAMESPACE) as made:
        yield made


@pytest_asyncio.fixture
async def scene(kube: Kube, namespace: str, real_hub: StockHub, tmp_path: Path) -> AsyncIterator[Scene]:
    office = Office(tmp_path)
    given = office.start(ALICE, "idle:a6000")
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(await connect(kube.kubeconfig))
        asked = await stack.enter_async_context(HubApi(real_hub.api, real_hub.token))
        losses = Losses(office.desk, asked, lambda: office.after(minutes=5))
        watch = PodWatch(api, [namespace], on_end=losses.take)
        await stack.enter_async_context(running(watch.run()))
        await asyncio.wait_for(watch.synced(), 30)
        image = await asyncio.to_thread(images.debian, kube.place or Place())
        yield Scene(office, Ground(kube, namespace, image, api, watch), given.id)
    office.close()


async def test_out_of_memory(scene: Scene) -> None:
    await scene.field.start(EATS, scene.grant, runs=False, limits={"memory": "64Mi"})
    await scene.told("out-of-memory")


async def test_an_eviction_by_the_api(scene: Scene) -> None:
    await scene.field.start(WAITS, scene.grant)
    pod = name(scene.grant)
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": NAMESPACE},
    }
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
    await scene.field.kubectl("create", "--raw", path, "-f", "-", given=json.dumps(eviction))
    await scene.told("drained")


async def test_the_clusters_own_deadline(scene: Scene) -> None:
    await scene.field.start(WAITS, scene.grant)
    await scene.field.kubectl(
        "patch", "pod", name(scene.grant), "-p", '{"spec": {"activeDeadlineSeconds": 1}}'
    )
    await scene.told("deadline")


async def test_a_crash(scene: Scene) -> None:
    await scene.field.start("exit 3", scene.grant, runs=False)
    await scene.told("failed")


async def test_a_deletion_that_the_hub_did_not_ask_for(scene: Scene, real_hub: StockHub) -> None:
    await asyncio.to_thread(real_hub.start_server, "alice")
    await scene.field.start(WAITS, scene.grant)
    await scene.field.kubectl("delete", "pod", name(scene.grant), "--wait=false")
    await scene.told("deleted")
    await asyncio.to_thread(real_hub.stop_server, "alice")


async def test_a_deletion_after_a_stop_is_no_loss(scene: Scene) -> None:
    await scene.field.start(WAITS, scene.grant)
    await scene.field.kubectl("delete", "pod", name(scene.grant))
    await until(lambda: scene.field.watch.over(scene.grant), "the pod is gone")
    await asyncio.sleep(0.5)
    assert scene.titles() == []
    assert scene.office.desk.due(scene.later).respawns == ()
