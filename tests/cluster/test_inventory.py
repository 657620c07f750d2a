"""The inventory follows the nodes of a real cluster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from maia_hub.cluster.connection import connect
from maia_hub.cluster.inventory import NodeWatch
from maia_hub.cluster.nodes import Inventory, Offer
from tests.cluster.parts import running
from tests.kube import gpus
from tests.kube.kube import Kube
from tests.waiting import until

pytestmark = pytest.mark.asyncio

AMD = "amd.com/gpu"
MIG = "nvidia.com/mig-1g.18gb"


@pytest.fixture
def node(kube: Kube, node: str) -> Iterator[str]:
    yield node
    gpus.give(kube, node, {AMD: 0, MIG: 0})
    kube.kubectl("label", "node", node, "amd.com/gpu.product-name-", "amd.com/gpu.vram-")
    kube.kubectl("uncordon", node)


class Heard(list[Inventory]):
    """Every inventory that was told."""

    def of(self, resource: str) -> Offer | None:
        """Return what was last told of a resource."""
        found = self[-1].offers if self else ()
        return next((offer for offer in found if offer.resource == resource), None)


@pytest_asyncio.fixture
async def heard(kube: Kube) -> AsyncIterator[Heard]:
    told = Heard()
    async with await connect(kube.kubeconfig) as api:
        watch = NodeWatch(api, told.append)
        async with running(watch.run()):
            await asyncio.wait_for(watch.synced(), 30)
            assert told == [watch.inventory], "the first list is told at once"
            yield told


async def test_gpus_come_change_and_go(kube: Kube, node: str, heard: Heard) -> None:
    labels = {"amd.com/gpu.product-name": "AMD_Instinct_MI300X", "amd.com/gpu.vram": "192G"}
    await asyncio.to_thread(gpus.give, kube, node, {AMD: 2, MIG: 3}, labels)
    await until(lambda: (offer := heard.of(AMD)) and offer.product.name == "AMD Instinct MI300X", "the GPUs")
    found = heard.of(AMD)
    assert found is not None
    assert (found.count, found.schedulable, found.product.memory) == (2, True, 192 * 1024**3)
    mig = heard.of(MIG)
    assert mig is not None
    assert [gpu.id for gpu in mig.gpus()] == [f"{node}/{MIG}/{index}" for index in range(3)]

    broken = {"status": {"allocatable": {AMD: "1"}}}
    patch = ["patch", "node", node, "--subresource=status", "--type=merge", "-p", json.dumps(broken)]
    await asyncio.to_thread(kube.kubectl, *patch)
    await until(lambda: (offer := heard.of(AMD)) and offer.count == 1, "one GPU less")
    await asyncio.to_thread(gpus.give, kube, node, {AMD: 0, MIG: 0})
    await until(lambda: heard.of(AMD) is None and heard.of(MIG) is None, "their end")


async def test_a_cordoned_and_a_tainted_node_are_told_with_the_reason(
    kube: Kube, node: str, heard: Heard
) -> None:
    await asyncio.to_thread(gpus.give, kube, node, {AMD: 1})
    await until(lambda: heard.of(AMD), "the GPU")
    await asyncio.to_thread(kube.kubectl, "cordon", node)
    await until(lambda: (offer := heard.of(AMD)) and offer.reason == "the node is cordoned", "the cordon")
    await asyncio.to_thread(kube.kubectl, "uncordon", node)
    await asyncio.to_thread(kube.kubectl, "taint", "node", node, "maia.io/test=away:NoSchedule")
    try:
        reason = "the node is tainted maia.io/test=away:NoSchedule"
        await until(lambda: (offer := heard.of(AMD)) and offer.reason == reason, "the taint")
    finally:
        await asyncio.to_thread(kube.kubectl, "taint", "node", node, "maia.io/test-")
    await until(lambda: (offer := heard.of(AMD)) and offer.schedulable, "the node's return")


async def test_a_nodes_heartbeats_are_not_told(kube: Kube, node: str, heard: Heard) -> None:
    before = len(heard)
    await asyncio.to_thread(kube.kubectl, "annotate", "node", node, "maia.io/test=1", "--overwrite")
    await asyncio.to_thread(kube.kubectl, "annotate", "node", node, "maia.io/test-")
    await asyncio.sleep(0.5)
    assert len(heard) == before


async def test_an_inventory_that_could_not_be_taken_in_is_told_again(
    kube: Kube, node: str, caplog: pytest.LogCaptureFixture
) -> None:
    told = Heard()

    def refuses_once(found: Inventory) -> None:
        told.append(found)
        if len(told) == 1:
            raise RuntimeError("the database is busy")

    async with await connect(kube.kubeconfig) as api:
        watch = NodeWatch(api, refuses_once)
        async with running(watch.run()):
            await asyncio.wait_for(watch.synced(), 30)
            await asyncio.to_thread(gpus.give, kube, node, {AMD: 1})
            await until(lambda: told.of(AMD), "the GPU")
    assert "the database is busy" in caplog.text
