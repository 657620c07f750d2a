"""Pods that the hub does not know are deleted, on a real cluster with a real hub; and when nothing is deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone

import pytest
import pytest_asyncio

from maia_hub.cluster.pod import Pod
from maia_hub.cluster.processes import PodProcesses
from maia_hub.core import marks
from maia_hub.core.errors import Unavailable
from maia_hub.core.ids import LeaseId, ServerName, UserName
from maia_hub.deployed.reaper import Reaper
from maia_hub.hub import HubApi, HubServer
from tests.cluster.parts import Ground, ground, name, running
from tests.kube import images
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.ports import free_port
from tests.stockhub import StockHub
from tests.waiting import until

pytestmark = pytest.mark.asyncio

NAMESPACE = "deployed-reaper"
ALICE, EVE = UserName("alice"), UserName("eve")


@pytest.fixture(scope="module")
def namespace(kube: Kube, node: str) -> Iterator[str]:
    with kube.namespace(NAMESPACE) as made:
        yield made


@pytest_asyncio.fixture
async def field_(kube: Kube, namespace: str) -> AsyncIterator[Ground]:
    image = await asyncio.to_thread(images.debian, kube.place or Place())
    async with ground(kube, namespace, image) as prepared:
        yield prepared


async def start(ground: Ground, user: UserName) -> LeaseId:
    """Make a pod as a hub does for a user."""
    grant = await ground.start()
    await ground.kubectl("annotate", "--overwrite", "pod", name(grant), f"{marks.USERNAME}={user}")
    await until(lambda: [p.user for p in ground.watch.of_grant(grant)] == [user], "the user is known")
    return grant


async def test_a_pod_that_the_hub_does_not_know_goes_and_one_that_it_knows_stays(
    field_: Ground, real_hub: StockHub
) -> None:
    await asyncio.to_thread(real_hub.start_server, ALICE)
    known, forgotten = await start(field_, ALICE), await start(field_, EVE)
    async with HubApi(real_hub.api, real_hub.token) as api:
        reaper = Reaper(field_.watch, api, PodProcesses(field_.api, field_.watch))
        await reaper.look()
        await asyncio.sleep(0.5)
        assert field_.told(forgotten) == [], "one look is not enough"
        await reaper.look()
        await field_.end_of(forgotten)
        await reaper.look()
    assert field_.told(known) == []
    await asyncio.to_thread(real_hub.stop_server, ALICE)
    await field_.kubectl("delete", "pod", name(known), "--grace-period=0", "--force")


async def test_a_hub_that_does_not_answer_is_no_reason_to_delete_anything(field_: Ground) -> None:
    there = await start(field_, EVE)
    async with HubApi(f"http://127.0.0.1:{free_port()}/hub/api", "x" * 32) as api:
        reaper = Reaper(field_.watch, api, PodProcesses(field_.api, field_.watch), every=0.1)
        async with running(reaper.run()):
            await asyncio.sleep(1.0)
    assert field_.told(there) == []
    await field_.kubectl("delete", "pod", name(there), "--grace-period=0", "--force")


# ---- the moments that no test can arrange with a real hub


@dataclass
class World:
    """Pods, a hub and who deletes, all in one."""

    stale: bool = False
    there: list[Pod] = field(default_factory=list)
    known: list[HubServer] = field(default_factory=list)
    asked_alone: HubServer | None = None
    down: bool = False
    deleted: list[str] = field(default_factory=list)

    def pods(self) -> list[Pod]:
        return self.there

    async def servers(self) -> list[HubServer]:
        if self.down:
            raise Unavailable("JupyterHub does not answer.")
        return self.known

    async def server(self, user: UserName, server: ServerName) -> HubServer | None:
        return self.asked_alone

    def remove(self, pod: Pod, reason: str) -> None:
        self.deleted.append(pod.uid)


def pod(uid: str = "1", *, server: str = "", of_hub: bool = True, removed: bool = False) -> Pod:
    made = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    return Pod(
        uid=uid,
        name="p",
        namespace="n",
        grant="g",
        of_hub=of_hub,
        user=ALICE,
        server=server,
        created=made,
        removed=removed,
    )


def server(of: str = "", pending: str | None = None, ready: bool = False) -> HubServer:
    return HubServer(user=ALICE, name=ServerName(of), ready=ready, pending=pending, stopped=False)


async def look(world: World, times: int = 2) -> list[str]:
    reaper = Reaper(world, world, world)
    for _ in range(times):
        await reaper.look()
    return world.deleted


async def test_a_pod_whose_server_is_about_to_start_stays() -> None:
    assert await look(World(there=[pod()], known=[server(pending="spawn")])) == []
    assert await look(World(there=[pod()], asked_alone=server(pending="spawn"))) == []


async def test_a_server_that_the_hub_knows_as_stopped_needs_no_pod() -> None:
    assert await look(World(there=[pod()], asked_alone=server())) == ["1"]


async def test_another_server_of_the_same_user_is_another_server() -> None:
    world = World(there=[pod("1"), pod("2", server="lab")], known=[server(ready=True)])
    assert await look(world) == ["2"]


async def test_what_no_hub_made_and_what_goes_already_is_left_alone() -> None:
    assert await look(World(there=[pod(of_hub=False), pod("2", removed=True)])) == []


async def test_two_looks_count_only_one_after_the_other() -> None:
    world = World(there=[pod()])
    reaper = Reaper(world, world, world)
    await reaper.look()
    world.known = [server(ready=True)]
    await reaper.look()
    world.known = []
    await reaper.look()
    assert world.deleted == []
    world.stale = True
    await reaper.look()
    world.stale = False
    await reaper.look()
    assert world.deleted == []
    await reaper.look()
    assert world.deleted == ["1"]


async def test_a_hub_that_was_away_in_between_makes_the_next_look_a_first_one() -> None:
    world = World(there=[pod()])
    reaper = Reaper(world, world, world, every=0.01)
    await reaper.look()
    world.down = True
    async with running(reaper.run()):
        await until(lambda: reaper._unknown == frozenset(), "the first look is forgotten")
    world.down = False
    await reaper.look()
    assert world.deleted == []
