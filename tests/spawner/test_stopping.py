"""A stop is over as soon as the pod is seen gone, and never before its deletion was asked for.

KubeSpawner underneath is one that would go on looking for an hour: how long its pauses grow is a matter of chance.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes_asyncio.client import V1DeleteOptions
from kubespawner.spawner import KubeSpawner

from maia_spawner.spawner import MaiaSpawner

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("no_cluster")]


class Cluster:
    """The pod as the reflector sees it, and the requests for its deletion."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pods: dict[str, Any] = {}
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.graces: list[int] = []

        async def request(_: Any, name: str, options: Any, grace: int, timeout: float) -> bool:
            assert options.grace_period_seconds == grace
            self.graces.append(grace)
            self.asked.set()
            await self.may_answer.wait()
            return True

        async def stop(spawner: Any, now: bool = False) -> None:
            options = V1DeleteOptions(grace_period_seconds=spawner.delete_grace_period)
            await spawner._make_delete_pod_request(spawner.pod_name, options, spawner.delete_grace_period, 3)
            await asyncio.sleep(3600)

        monkeypatch.setattr(KubeSpawner, "_make_delete_pod_request", request)
        monkeypatch.setattr(KubeSpawner, "stop", stop)
        monkeypatch.setattr(MaiaSpawner, "pod_reflector", SimpleNamespace(pods=self.pods))
        kind: Any = MaiaSpawner
        self.spawner = kind(_mock=True)
        self.path = f"{self.spawner.namespace}/{self.spawner.pod_name}"


async def test_a_stop_returns_once_the_pod_is_seen_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch)
    cluster.pods[cluster.path] = {}
    cluster.may_answer.set()
    stopping = asyncio.ensure_future(cluster.spawner.stop())
    await cluster.asked.wait()
    done, _ = await asyncio.wait({stopping}, timeout=0.5)
    assert not done, "its pod is still there"
    del cluster.pods[cluster.path]
    await asyncio.wait_for(stopping, 10)


async def test_a_pod_that_is_not_seen_yet_is_not_taken_for_one_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster(monkeypatch)
    stopping = asyncio.ensure_future(cluster.spawner.stop())
    await cluster.asked.wait()
    done, _ = await asyncio.wait({stopping}, timeout=0.5)
    assert not done, "its deletion was not asked for"
    cluster.may_answer.set()
    await asyncio.wait_for(stopping, 10)


@pytest.mark.parametrize(("made", "given"), [(5, 5), (60, 25)])
async def test_a_pod_is_given_no_more_time_to_stop_than_it_was_made_with(
    monkeypatch: pytest.MonkeyPatch, made: int, given: int
) -> None:
    cluster = Cluster(monkeypatch)
    cluster.pods[cluster.path] = {"spec": {"terminationGracePeriodSeconds": made}}
    cluster.may_answer.set()
    stopping = asyncio.ensure_future(cluster.spawner.stop())
    await cluster.asked.wait()
    del cluster.pods[cluster.path]
    await asyncio.wait_for(stopping, 10)
    assert cluster.graces == [given]


async def test_a_stop_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch)

    async def stop(spawner: Any, now: bool = False) -> None:
        raise RuntimeError("the API server is away")

    monkeypatch.setattr(KubeSpawner, "stop", stop)
    with pytest.raises(RuntimeError, match="is away"):
        await cluster.spawner.stop()
