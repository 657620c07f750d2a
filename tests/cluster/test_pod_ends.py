"""Pods of a real cluster end in all the ways there are, and the watch tells of each which it was."""

from __future__ import annotations

import json

import pytest

from maia_hub.cluster.ends import Cause
from tests.cluster.parts import Ground, name
from tests.waiting import until

pytestmark = pytest.mark.asyncio


async def test_a_pod_that_reaches_its_deadline(field: Ground) -> None:
    grant = await field.start(activeDeadlineSeconds=2, runs=False)
    assert (await field.end_of(grant)).cause is Cause.DEADLINE


async def test_a_pod_that_takes_more_memory_than_it_has(field: Ground) -> None:
    grant = await field.start(
        "x=$(head -c 200M /dev/zero | tr '\\0' x)", runs=False, limits={"memory": "32Mi"}
    )
    end = await field.end_of(grant)
    assert end.cause is Cause.OUT_OF_MEMORY
    assert "(32Mi)" in end.text


async def test_a_pod_that_ends_by_itself(field: Ground) -> None:
    failed = await field.start("exit 3", runs=False)
    finished = await field.start("exit 0", runs=False)
    assert ((await field.end_of(failed)).cause, (await field.end_of(finished)).cause) == (
        Cause.FAILED,
        Cause.FINISHED,
    )
    assert {end.exit_code for _, end in field.told(failed)} == {3}


async def test_a_deleted_pod_is_told_of_when_it_has_to_go_and_when_it_is_gone(field: Ground) -> None:
    grant = await field.start()
    await field.kubectl("delete", "pod", name(grant), "--wait=false")
    await field.end_of(grant)
    assert [(ended, end.cause) for ended, end in field.told(grant)] == [
        (False, Cause.DELETED),
        (True, Cause.DELETED),
    ]
    await until(lambda: not field.watch.of_grant(grant), "the pod's removal")
    assert field.watch.over(grant)
    assert len(field.told(grant)) == 2


async def test_an_evicted_pod(field: Ground) -> None:
    grant = await field.start()
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name(grant)}}
    path = f"/api/v1/namespaces/{field.namespace}/pods/{name(grant)}/eviction"
    await field.kubectl("create", "--raw", path, "-f", "-", given=json.dumps(eviction))
    assert (await field.end_of(grant)).cause is Cause.DRAINED


async def test_a_program_that_is_not_there(field: Ground) -> None:
    command = ["/nowhere/jupyterhub-singleuser"]
    container = {
        "name": "notebook",
        "image": field.image,
        "imagePullPolicy": "Never",
        "command": command,
    }
    grant = await field.start(runs=False, containers=[container])
    end = await field.end_of(grant)
    assert end.cause is Cause.NOT_STARTED
    assert command[0] in end.text


async def test_a_pod_that_its_node_cannot_take(field: Ground) -> None:
    nodes = json.loads(await field.kubectl("get", "nodes", "-o", "json"))["items"]
    selector = {"nowhere": "to-be-found"}
    grant = await field.start(runs=False, nodeName=nodes[0]["metadata"]["name"], nodeSelector=selector)
    assert (await field.end_of(grant)).cause is Cause.REJECTED
