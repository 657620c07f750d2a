"""A pod of higher priority takes the GPU of one of lower, and the watch tells what happened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maia_hub.cluster.ends import Cause
from tests.cluster.parts import Ground, new_grant
from tests.kube import gpus
from tests.kube.kube import Kube

pytestmark = pytest.mark.asyncio

GPU = "amd.com/gpu"
LOW, HIGH = "cluster-test-low", "cluster-test-high"


@pytest.fixture
def one_gpu(kube: Kube) -> Iterator[None]:
    for name, value in ((LOW, 10), (HIGH, 1000)):
        kube.apply(
            {
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "metadata": {"name": name},
                "value": value,
            }
        )
    node = kube.get("nodes")["items"][0]["metadata"]["name"]
    gpus.give(kube, node, {GPU: 1})
    yield
    gpus.give(kube, node, {GPU: 0})
    kube.kubectl("delete", "priorityclass", LOW, HIGH)


@pytest.mark.usefixtures("one_gpu")
async def test_a_preempted_pod_is_told_of_when_it_has_to_go_and_when_it_is_gone(field: Ground) -> None:
    victim = await field.start(limits={GPU: "1"}, priorityClassName=LOW)
    booked = await field.start(grant=new_grant(), limits={GPU: "1"}, priorityClassName=HIGH)
    await field.end_of(victim)
    assert [(ended, end.cause) for ended, end in field.told(victim)] == [
        (False, Cause.PREEMPTED),
        (True, Cause.PREEMPTED),
    ]
    assert field.told(booked) == []
