"""The watch over a connection that breaks: stale from then on, and right again afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from maia_hub.cluster import watch as watching
from maia_hub.cluster.connection import connect
from maia_hub.cluster.ends import Cause, End
from maia_hub.cluster.pod import Pod
from maia_hub.cluster.pods import PodWatch
from maia_hub.cluster.processes import PodProcesses
from tests.cluster.parts import Ground, name, running
from tests.cluster.test_processes import LATER, lease
from tests.cluster.wire import Wire, wired
from tests.kube.kube import Kube
from tests.waiting import until

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def broken(
    kube: Kube, namespace: str, image: str, tmp_path: Path
) -> AsyncIterator[tuple[Ground, Wire]]:
    """A ground whose watch, and nothing else, goes through a wire."""
    async with wired(kube.kubeconfig, tmp_path) as (wire, kubeconfig), await connect(kubeconfig) as api:
        ends: list[tuple[Pod, End]] = []
        flips: list[bool] = []
        watch = PodWatch(
            api, [namespace], on_end=lambda pod, end: ends.append((pod, end)), on_stale=flips.append
        )
        async with running(watch.run()):
            await asyncio.wait_for(watch.synced(), 30)
            yield Ground(kube, namespace, image, api, watch, ends), wire
        assert flips == [False, True] * (len(flips) // 2), "each turn is told once"


async def test_what_happens_while_the_wire_is_cut_is_known_afterwards(broken: tuple[Ground, Wire]) -> None:
    field, wire = broken
    stays, goes, was_going = await field.start(), await field.start(), await field.start()
    await field.kubectl("delete", "pod", name(was_going), "--grace-period=30", "--wait=false")
    await until(lambda: field.told(was_going), "the end in sight")
    wire.cut()
    await until(lambda: field.watch.stale, "the watch being stale")
    await field.kubectl("delete", "pod", name(goes), name(was_going), "--grace-period=0", "--force")
    processes = PodProcesses(field.api, field.watch)
    assert not processes.gone(lease(goes), LATER)
    assert field.told(goes) == []

    wire.mend()
    await asyncio.wait_for(field.watch.synced(), 30)
    assert processes.gone(lease(goes), LATER)
    assert not processes.gone(lease(stays), LATER)
    assert [end.cause for _, end in field.told(goes)] == [Cause.VANISHED]
    assert [end.cause for _, end in field.told(was_going)] == [Cause.DELETED, Cause.DELETED]


async def test_a_wire_that_goes_silent_is_noticed(
    broken: tuple[Ground, Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    field, wire = broken
    monkeypatch.setattr(watching, "_STREAM", (1, 2))
    monkeypatch.setattr(watching, "_LATE", 1.0)
    wire.cut()  # so that the next stream knows of the shorter times
    await until(lambda: field.watch.stale, "the watch being stale")
    wire.mend()
    await asyncio.wait_for(field.watch.synced(), 30)
    wire.freeze()
    await until(lambda: field.watch.stale, "the watch being stale")
    wire.mend()
    await asyncio.wait_for(field.watch.synced(), 60)


async def test_a_place_in_the_stream_that_the_api_has_forgotten_leads_to_a_new_list(field: Ground) -> None:
    grant = await field.start()
    late = PodWatch(field.api, [field.namespace])
    (inner,) = late._watches
    inner._version = "1"
    async with running(late.run()):
        await until(lambda: late.of_grant(grant), "the pod")
        await asyncio.wait_for(late.synced(), 30)
        assert not PodProcesses(field.api, late).gone(lease(grant), LATER)


async def test_a_change_that_cannot_be_taken_in_does_not_end_the_watch(
    field: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    def refuses(pod: Pod) -> None:
        raise RuntimeError("a listener's fault")

    field.watch.listen(refuses)
    await field.start(runs=False)
    await field.start(runs=False)  # the watch knows it, or this fails
    assert "a listener's fault" in caplog.text
    assert not field.watch.stale


async def test_a_watch_that_never_reaches_the_api_says_so_once(
    kube: Kube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with wired(kube.kubeconfig, tmp_path) as (wire, kubeconfig), await connect(kubeconfig) as api:
        wire.cut()
        watch = PodWatch(api)
        async with running(watch.run()):
            await until(lambda: caplog.records, "a warning")
            await asyncio.sleep(0.5)
            assert watch.stale
            wire.mend()
            await asyncio.wait_for(watch.synced(), 30)
    assert [record.levelname for record in caplog.records if "is stale" in record.message] == ["WARNING"]
