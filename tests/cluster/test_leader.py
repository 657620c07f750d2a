"""One of several processes leads, by a Lease of a real API: never two, and never none for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from maia_hub.cluster.connection import connect
from maia_hub.cluster.leader import Leader, Terms
from tests.cluster.wire import wired
from tests.kube.kube import Kube

pytestmark = pytest.mark.asyncio

TERMS = Terms(lasts=3, gives_up=1.5, every=0.2)


class Record:
    """Who works, and whether there ever were two."""

    def __init__(self) -> None:
        self.working: set[str] = set()
        self.together: list[set[str]] = []
        self.changed = asyncio.Event()

    async def work(self, name: str) -> None:
        self.working.add(name)
        if len(self.working) > 1:
            self.together.append(set(self.working))
        self.changed.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.working.discard(name)
            self.changed.set()

    async def until(self, *who: str) -> None:
        async def wait() -> None:
            while self.working != set(who):
                self.changed.clear()
                await self.changed.wait()

        await asyncio.wait_for(wait(), 30)


def lease(kube: Kube, namespace: str, name: str) -> None:
    """Make the Lease as the chart does: nobody's."""
    metadata = {"name": name, "namespace": namespace}
    kube.apply({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata})


@asynccontextmanager
async def candidate(
    kubeconfig: Path, namespace: str, name: str, who: str, record: Record
) -> AsyncIterator[asyncio.Task[None]]:
    """Let a process stand for leader; at the end it is ended as by a signal."""
    async with await connect(kubeconfig) as api:
        leader = Leader(api, namespace, name, who, TERMS)
        running = asyncio.create_task(leader.run(lambda: record.work(who)))
        try:
            yield running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_one_works_and_the_other_follows_as_soon_as_it_ends(kube: Kube, namespace: str) -> None:
    lease(kube, namespace, "handover")
    record = Record()
    async with candidate(kube.kubeconfig, namespace, "handover", "second", record):
        await record.until("second")
        async with candidate(kube.kubeconfig, namespace, "handover", "first", record) as other:
            await asyncio.sleep(4 * TERMS.every)
            assert record.working == {"second"}
            assert not other.done()
    assert record.working == set()
    async with candidate(kube.kubeconfig, namespace, "handover", "third", record):
        await record.until("third")
    assert record.together == []
    spec = kube.get("lease", "-n", namespace, "handover")["spec"]
    assert "holderIdentity" not in spec, "given back in order"


@pytest.mark.parametrize("how", ["cut", "freeze"])
async def test_a_leader_that_loses_the_api_stops_before_another_begins(
    kube: Kube, namespace: str, tmp_path: Path, how: str
) -> None:
    lease(kube, namespace, how)
    record = Record()
    async with (
        wired(kube.kubeconfig, tmp_path) as (line, kubeconfig),
        candidate(kubeconfig, namespace, how, "cut-off", record),
    ):
        await record.until("cut-off")
        async with candidate(kube.kubeconfig, namespace, how, "other", record):
            getattr(line, how)()
            await record.until()
            await record.until("other")
            line.mend()
            await asyncio.sleep(4 * TERMS.every)
            assert record.working == {"other"}
    assert record.together == []


async def test_a_lease_that_somebody_else_took_ends_the_work(kube: Kube, namespace: str) -> None:
    lease(kube, namespace, "taken")
    record = Record()
    async with candidate(kube.kubeconfig, namespace, "taken", "ours", record):
        await record.until("ours")
        spec = '{"spec": {"holderIdentity": "theirs", "renewTime": "2026-01-01T00:00:00.000000Z"}}'
        kube.kubectl("patch", "lease", "-n", namespace, "taken", "--type=merge", "-p", spec)
        await record.until()
        await record.until("ours")  # theirs is never renewed


async def test_what_the_work_fails_with_is_told(kube: Kube, namespace: str) -> None:
    lease(kube, namespace, "failing")

    async def work() -> None:
        raise ValueError("broken")

    async with await connect(kube.kubeconfig) as api:
        with pytest.raises(ValueError, match="broken"):
            await Leader(api, namespace, "failing", "ours", TERMS).run(work)
