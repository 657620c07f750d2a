from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta, timezone

import pytest

from maia_hub.core.errors import Conflict, Forbidden, Unavailable
from maia_hub.core.ids import DEFAULT_SERVER, LeaseId
from maia_hub.reconcile import Reconciler
from tests.reconcile.parts import ALICE, Job, SmallDesk, SmallHub, SmallProcesses, lease

pytestmark = pytest.mark.asyncio


def now() -> datetime:
    return datetime.now(timezone.utc)


@asynccontextmanager
async def running(
    desk: SmallDesk, hub: SmallHub | None = None, processes: SmallProcesses | None = None
) -> AsyncIterator[Reconciler]:
    loops = Reconciler(desk, hub or SmallHub(), processes or SmallProcesses(), now)
    task = asyncio.create_task(loops.run())
    try:
        yield loops
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], bool], within: float = 10.0) -> None:
    async def wait() -> None:
        while not true():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), within)


def job() -> Job:
    return Job(ALICE, DEFAULT_SERVER, lease().id)


async def test_a_server_whose_time_is_over_is_stopped_and_started_once() -> None:
    desk, hub = SmallDesk(jobs=[job()]), SmallHub()
    async with running(desk, hub) as loops:
        loops.wake()
        await until(lambda: "respawned" in desk.told)
        ticks = desk.ticks
        loops.wake()
        await until(lambda: desk.ticks > ticks)
    assert hub.told == ["stop", "start"]
    assert desk.told == ["stopping", "respawned"]


async def test_a_switch_starts_with_the_owners_choice_and_her_other_options() -> None:
    desk, hub = SmallDesk(jobs=[Job(ALICE, DEFAULT_SERVER, lease().id, "switch", "booked")]), SmallHub()
    async with running(desk, hub):
        await until(lambda: "respawned" in desk.told)
    assert hub.told == ["stop", "start {'maia_choice': 'booked', 'other': 1}"]


async def test_a_hub_that_is_down_is_asked_until_it_answers() -> None:
    down = [Unavailable("JupyterHub does not answer."), Conflict("alice is pending stop")]
    desk, hub = SmallDesk(jobs=[job()]), SmallHub(failures=list(down))
    async with running(desk, hub):
        await until(lambda: "respawned" in desk.told)
    assert hub.told == ["stop", "start"]


async def test_a_refusal_of_the_hub_does_not_end_the_loop_and_is_tried_anew() -> None:
    desk, hub = SmallDesk(jobs=[job()]), SmallHub(failures=[Forbidden("no scope")])
    async with running(desk, hub):
        await until(lambda: "respawned" in desk.told)
    assert desk.told == ["stopping", "stopping", "respawned"]


async def test_the_loop_survives_a_failing_desk() -> None:
    desk = SmallDesk(failing=2)
    async with running(desk) as loops:
        await until(lambda: desk.ticks == 1)
        loops.wake()
        await until(lambda: desk.ticks == 2)
        loops.wake()
        await until(lambda: desk.ticks == 3)


async def test_it_looks_again_at_the_moment_that_is_due() -> None:
    desk = SmallDesk(next_at=now() + timedelta(seconds=0.3))
    async with running(desk):
        await until(
            lambda: desk.ticks == 2, within=4.0
        )  # without that moment it would sleep for five seconds
        assert desk.next_at is not None
        assert now() >= desk.next_at


async def test_it_sleeps_when_nothing_is_due() -> None:
    desk = SmallDesk()
    async with running(desk):
        await asyncio.sleep(0.5)
        assert desk.ticks == 1


async def test_a_lease_whose_process_is_gone_is_released_and_swept() -> None:
    dead, alive = lease(), lease()
    desk, processes = SmallDesk(leases=[dead, alive]), SmallProcesses(dead={dead.id})
    async with running(desk, processes=processes):
        await until(lambda: desk.leases == [alive])
    assert desk.told == ["ended: failed"]
    assert processes.swept == [dead.id]


async def test_a_lease_whose_process_went_at_its_end_has_expired() -> None:
    over = lease(until=now() - timedelta(seconds=1))
    desk = SmallDesk(leases=[over])
    async with running(desk, processes=SmallProcesses(dead={LeaseId(over.id)})):
        await until(lambda: desk.told == ["ended: expired"])
