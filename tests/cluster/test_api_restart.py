"""The API server is killed and comes back: pods live on, and the watch is right again by itself."""

from __future__ import annotations

import asyncio

import pytest

from maia_hub.cluster.ends import Cause
from maia_hub.cluster.processes import PodProcesses
from maia_hub.cluster.sessions import SessionWriter, Wanted
from tests.cluster.parts import Ground, new_grant, running
from tests.cluster.test_processes import LATER, lease
from tests.kube import control, daemons
from tests.kube.place import Place
from tests.kube.programs import KUBERNETES_PROGRAMS, folder_of
from tests.waiting import until

pytestmark = pytest.mark.asyncio


async def test_the_watch_and_the_writer_survive_a_restart_of_the_api_server(field: Ground) -> None:
    place = field.kube.place or Place()
    stays, ends = await field.start(), await field.start("sleep 4; exit 3")
    processes, writer = PodProcesses(field.api, field.watch), SessionWriter(field.api, field.watch)
    async with running(writer.run()):
        await asyncio.to_thread(daemons.kill, place, "kube-apiserver")
        try:
            await until(lambda: field.watch.stale, "the watch being stale")
            writer.want(stays, Wanted(session="while it was away"))
            assert not processes.gone(lease(new_grant()), LATER)
        finally:
            programs = folder_of(KUBERNETES_PROGRAMS)
            await asyncio.to_thread(control.start_api_server, place, programs)
        await asyncio.wait_for(field.watch.synced(), 60)
        assert not processes.gone(lease(stays), LATER)
        await until(lambda: field.watch.of_grant(stays)[0].session == "while it was away", "the text")
    assert (await field.end_of(ends)).cause is Cause.FAILED
    assert processes.gone(lease(ends), LATER)
