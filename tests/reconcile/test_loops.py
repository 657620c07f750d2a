from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta, timezone

import pytest

from maia_hub.core.errors import Conflict, Forbidden, Unavailable
from maia_hub.core.ids import DEFAULT_SERVER, LeaseId, UserName
from maia_hub.reconcile import Reconciler
from tests.reconcile.parts import ALICE, Job, SmallDesk, SmallHub, SmallProcesses, lease
from tests.waiting import until

pytestmark = pytest.mark.asyncio


def now() -> datetime:
    return datetime.now(timezone.utc)


@asynccontextmanager
async def running(
    desk: SmallDesk,
    hub: SmallHub | None = None,
    processes: SmallProcesses | None = None,
    look_every: float = 1.0,
) -> AsyncIterator[Reconciler]:
    loops = Reconciler(desk, hub or SmallHub(), processes or SmallProcesses(), now, look_every=look_every)
    task = asyncio.create_task(loops.run())
    try:
        yield loops
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


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


async def test_it_knows_whose_servers_it_stops() -> None:
    gates, due = {"start": asyncio.Event()}, job()
    desk, hub = SmallDesk(jobs=[due]), SmallHub(gates=gates)
    async with running(desk, hub) as loops:
        await until(lambda: hub.doing["start"] == 1)
        assert loops.stops(due.grant)
        assert not loops.stops(lease().id)
        gates["start"].set()
        await until(lambda: not loops.stops(due.grant))


async def test_a_server_that_has_just_been_started_is_not_stopped_by_an_answer_from_before() -> None:
    gates = {"start": asyncio.Event()}
    desk, hub = SmallDesk(jobs=[job()]), SmallHub(gates=gates)
    async with running(desk, hub) as loops:
        await until(lambda: hub.doing["start"] == 1)
        desk.hold, asked = threading.Event(), desk.asked
        loops.wake()
        await until(lambda: desk.asked > asked)
        gates["start"].set()
        await until(lambda: "respawned" in desk.told)
        desk.hold.set()
        ticks = desk.ticks
        loops.wake()
        await until(lambda: desk.ticks > ticks)
    assert hub.told == ["stop", "start"]


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
            lambda: desk.ticks == 2, seconds=4.0
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
    desk, processes = SmallDesk(live=[dead, alive]), SmallProcesses(dead={dead.id})
    async with running(desk, processes=processes):
        await until(lambda: desk.live == [alive])
    assert desk.told == ["ended: failed"]
    assert processes.swept == [dead.id]


async def test_a_lease_whose_process_went_at_its_end_has_expired() -> None:
    over = lease(until=now() - timedelta(seconds=1))
    desk = SmallDesk(live=[over])
    async with running(desk, processes=SmallProcesses(dead={LeaseId(over.id)})):
        await until(lambda: desk.told == ["ended: expired"])


async def test_where_ends_are_told_only_those_leases_are_read_that_may_have_ended() -> None:
    dead, alive = lease(), lease()
    desk, processes = SmallDesk(live=[dead, alive]), SmallProcesses(told=True)
    async with running(desk, processes=processes, look_every=60.0) as loops:
        await until(lambda: desk.counted == 1)
        processes.dead.add(dead.id)
        loops.ended(dead.id)
        await until(lambda: desk.live == [alive])
    assert desk.counted == 1, "the leases were not looked at a second time"
    assert set(desk.read) == {dead.id}


async def test_what_was_said_to_have_ended_and_runs_stays() -> None:
    alive = lease()
    desk = SmallDesk(live=[alive])
    async with running(desk, processes=SmallProcesses(told=True), look_every=60.0) as loops:
        await until(lambda: desk.counted == 1)
        loops.ended(alive.id)
        await until(lambda: desk.read == [alive.id])
        loops.ended(alive.id)
        await until(lambda: len(desk.read) == 2)
    assert desk.live == [alive]


async def test_ends_that_may_have_been_missed_are_looked_for_at_once() -> None:
    dead = lease()
    desk, processes = SmallDesk(live=[dead]), SmallProcesses(told=True)
    async with running(desk, processes=processes, look_every=60.0) as loops:
        await until(lambda: desk.counted == 1)
        processes.dead.add(dead.id)
        loops.missed()
        await until(lambda: desk.live == [])


async def test_an_end_that_could_not_be_written_is_tried_again() -> None:
    dead = lease()
    desk, processes = SmallDesk(live=[dead]), SmallProcesses(told=True)
    async with running(desk, processes=processes, look_every=60.0) as loops:
        await until(lambda: desk.counted == 1)
        processes.dead.add(dead.id)
        desk.refusing = 1
        loops.ended(dead.id)
        await until(lambda: desk.live == [])


async def test_nobody_who_tells_means_looking_every_second() -> None:
    desk, processes = SmallDesk(live=[lease()]), SmallProcesses()
    async with running(desk, processes=processes):
        await until(lambda: desk.counted == 1)
        processes.dead.update(held.id for held in desk.live)
        await until(lambda: desk.live == [], seconds=4.0)  # without that it would be five seconds


async def test_a_storm_of_events_leaves_time_for_others() -> None:
    desk, began = SmallDesk(slow=0.05), now()
    async with running(desk) as loops:
        await until(lambda: desk.ticks == 1)
        for _ in range(200):
            loops.wake()
            await asyncio.sleep(0.002)
        assert desk.ticks * desk.slow < (now() - began).total_seconds() / 2


async def test_what_ends_together_is_stopped_at_once_and_started_a_few_at_a_time() -> None:
    jobs = [Job(UserName(f"user-{number}"), DEFAULT_SERVER, lease().id) for number in range(100)]
    gates = {"stop": asyncio.Event(), "start": asyncio.Event()}
    desk, hub = SmallDesk(jobs=list(jobs)), SmallHub(gates=gates)
    async with running(desk, hub):
        await until(lambda: hub.doing["stop"] == len(jobs))
        gates["stop"].set()
        await until(lambda: hub.doing["start"] == 32)
        gates["start"].set()
        await until(lambda: desk.jobs == [])
    assert hub.most == {"stop": 100, "start": 32}


async def test_starts_are_held_back_while_many_are_stopped() -> None:
    jobs = [Job(UserName(f"user-{number}"), DEFAULT_SERVER, lease().id) for number in range(20)]
    gates = {"stop": asyncio.Event()}
    desk, hub = SmallDesk(jobs=list(jobs)), SmallHub(gates=gates, first={"stop": 3})
    async with running(desk, hub):
        await until(lambda: hub.told == ["stop"] * 3)
        await asyncio.sleep(0.1)
        assert hub.told == ["stop"] * 3
        gates["stop"].set()
        await until(lambda: desk.jobs == [])
    assert hub.told[:12] == ["stop"] * 12
