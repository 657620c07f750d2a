"""From nodes to the inventory: what can be allocated, and what nothing can be placed on."""

from __future__ import annotations

from typing import Any

import pytest

from maia_hub.cluster.nodes import inventory
from maia_hub.core.gpus import Trouble
from maia_hub.core.ids import NodeId
from maia_hub.desk.inventory import sorted_into_pools

READY = {"type": "Ready", "status": "True"}


def node(name: str, has: dict[str, int], usable: dict[str, int] | None = None, **spec: Any) -> dict[str, Any]:
    labels = spec.pop("labels", {"nvidia.com/gpu.product": "NVIDIA-A40", "nvidia.com/gpu.memory": "46068"})
    conditions = spec.pop("conditions", [READY])
    numbers = {key: str(value) for key, value in has.items()}
    allocatable = numbers if usable is None else {key: str(value) for key, value in usable.items()}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {
            "capacity": {"cpu": "64", "memory": "264Gi", **numbers},
            "allocatable": {"cpu": "63500m", "memory": "260Gi", **allocatable},
            "conditions": conditions,
        },
    }


def test_every_gpu_has_an_id_that_stays_as_long_as_it_is_there() -> None:
    (first, second) = inventory([node("a", {"nvidia.com/gpu": 2})]).gpus()
    assert (first.id, second.id) == ("a/nvidia.com/gpu/0", "a/nvidia.com/gpu/1")
    assert (first.node, first.index, first.product, first.memory) == ("a", 0, "NVIDIA-A40", 46068 * 1024**2)
    (left,) = inventory([node("a", {"nvidia.com/gpu": 2}, {"nvidia.com/gpu": 1})]).gpus()
    assert left == first


def test_what_cannot_be_allocated_is_not_there_and_said_to_be_out_of_order() -> None:
    (offer,) = inventory([node("a", {"nvidia.com/gpu": 4}, {"nvidia.com/gpu": 3})]).offers
    assert (offer.count, offer.capacity, offer.schedulable) == (3, 4, True)
    assert offer.reason == "1 of 4 are out of order"
    (none,) = inventory([node("a", {"nvidia.com/gpu": 4}, {"nvidia.com/gpu": 0})]).offers
    assert (none.count, none.schedulable, none.gpus()) == (0, False, [])


def test_a_machine_without_gpus_is_no_part_of_it() -> None:
    assert inventory([node("a", {}), node("b", {"nvidia.com/gpu": 0})]).offers == ()


def test_a_divided_machine_is_a_node_for_each_profile_and_falls_into_a_pool_for_each() -> None:
    labels = {
        "nvidia.com/gpu.product": "NVIDIA-H200",
        "nvidia.com/mig-1g.18gb.product": "NVIDIA-H200-MIG-1g.18gb",
        "nvidia.com/mig-3g.71gb.product": "NVIDIA-H200-MIG-3g.71gb",
    }
    has = {"nvidia.com/gpu": 6, "nvidia.com/mig-1g.18gb": 7, "nvidia.com/mig-3g.71gb": 2}
    found = inventory([node("m", has, labels=labels)])
    assert [offer.node for offer in found.offers] == ["m", "m:mig-1g.18gb", "m:mig-3g.71gb"]
    pools = {pool.resource: pool for pool in sorted_into_pools(found.gpus())}
    assert {name: [(n.id, n.capacity) for n in pool.nodes] for name, pool in pools.items()} == {
        "nvidia.com/gpu": [("m", 6)],
        "nvidia.com/mig-1g.18gb": [("m:mig-1g.18gb", 7)],
        "nvidia.com/mig-3g.71gb": [("m:mig-3g.71gb", 2)],
    }


def test_shared_gpus_form_a_pool_of_their_own() -> None:
    shared = {"nvidia.com/gpu.product": "NVIDIA-A40-SHARED", "nvidia.com/gpu.replicas": "4"}
    machines = [node("whole", {"nvidia.com/gpu": 2}), node("shared", {"nvidia.com/gpu": 8}, labels=shared)]
    pools = sorted_into_pools(inventory(machines).gpus())
    assert {pool.product: [n.id for n in pool.nodes] for pool in pools} == {
        "NVIDIA-A40": ["whole"],
        "NVIDIA-A40 shared by 4": ["shared"],
    }


def test_amd_and_nvidia_in_one_machine_are_two_nodes() -> None:
    (nvidia, amd) = inventory([node("m", {"nvidia.com/gpu": 1, "amd.com/gpu": 2})]).offers
    assert (nvidia.node, nvidia.count, amd.node, amd.count) == ("m", 1, "m:amd-gpu", 2)
    assert amd.machine == "m"


AWAY = [
    ({"unschedulable": True}, "the node is cordoned"),
    ({"conditions": []}, "the node is not ready (it has not said so)"),
    (
        {"conditions": [{"type": "Ready", "status": "False", "message": "container runtime is down"}]},
        "the node is not ready (container runtime is down)",
    ),
    (
        {
            "conditions": [
                {
                    "type": "Ready",
                    "status": "Unknown",
                    "message": "Kubelet stopped posting node status.",
                }
            ],
            "taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}],
        },
        "the node is not ready (Kubelet stopped posting node status.)",
    ),
    (
        {"taints": [{"key": "ward", "value": "closed", "effect": "NoSchedule"}]},
        "the node is tainted ward=closed:NoSchedule",
    ),
    (
        {"taints": [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]},
        "the node is tainted node.kubernetes.io/disk-pressure:NoSchedule",
    ),
    (
        {
            "unschedulable": True,
            "taints": [
                {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
                {"key": "drain", "effect": "NoExecute"},
            ],
        },
        "the node is cordoned; the node is tainted drain:NoExecute",
    ),
]


@pytest.mark.parametrize(("spec", "reason"), AWAY)
def test_a_machine_on_which_nothing_can_be_placed_says_why_and_keeps_its_gpus(
    spec: dict[str, Any], reason: str
) -> None:
    found = inventory([node("a", {"nvidia.com/gpu": 2}, **spec)])
    (offer,) = found.offers
    assert (offer.schedulable, offer.reason) == (False, reason)
    assert len(found.gpus()) == 2
    assert found.troubles() == [Trouble(NodeId("a"), reason, away=True)]


@pytest.mark.parametrize(
    "taint",
    [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},
        {"key": "amd.com/gpu", "effect": "NoExecute"},
        {"key": "busy", "effect": "PreferNoSchedule"},
        {"key": "hub.jupyter.org/dedicated", "value": "user", "effect": "NoSchedule"},
    ],
)
def test_a_taint_that_gpu_pods_tolerate_keeps_nothing_away(taint: dict[str, str]) -> None:
    machine = node("a", {"nvidia.com/gpu": 1}, taints=[taint])
    found = inventory([machine], tolerated={"hub.jupyter.org/dedicated"})
    assert found.offers[0].schedulable
    assert found.troubles() == []
