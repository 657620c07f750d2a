"""The loop over how busy booked GPUs are: samples in rings, one for each lease, and a failure that is no idleness."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.core.idleness import IdleRules
from maia_hub.core.ids import GpuId, LeaseId
from maia_hub.core.leases import Lease
from maia_hub.reconcile import IdleWatch, Sampled
from tests.desk.office import ADA, NOON, Office

WINDOW = timedelta(minutes=30)
pytestmark = pytest.mark.asyncio


class Devices:
    """What a test says of each GPU."""

    def __init__(self) -> None:
        self.say: dict[GpuId, float] = {}

    def sample(self, gpus: Sequence[GpuId]) -> Mapping[GpuId, float]:
        """Return what is said of these."""
        return {gpu: self.say[gpu] for gpu in gpus if gpu in self.say}


def held(office: Office, gpus: int = 2) -> Lease:
    office.book(ADA, 0, 600, gpus=gpus)
    office.start(ADA)
    (lease,) = office.desk.booked_leases(office.now)
    return lease


async def peaks(sampled: Sampled, leases: Sequence[Lease], minutes: range) -> Mapping[LeaseId, float | None]:
    found: Mapping[LeaseId, float | None] = {}
    for minute in minutes:
        found = await sampled.over(leases, WINDOW, NOON + timedelta(minutes=minute))
    return found


async def test_the_busiest_gpu_of_a_lease_counts_and_one_that_is_not_known_hides_them_all(
    office: Office,
) -> None:
    lease, devices = held(office), Devices()
    first, second = lease.gpus
    sampled = Sampled(devices.sample)
    devices.say = {first: 0.0}
    assert await peaks(sampled, [lease], range(31)) == {lease.id: None}
    devices.say = {first: 0.0, second: 4.0}
    assert await peaks(sampled, [lease], range(31, 62)) == {lease.id: 4.0}
    devices.say[second] = 90.0
    assert await peaks(sampled, [lease], range(62, 63)) == {lease.id: 90.0}
    assert await peaks(sampled, [], range(63, 64)) == {}
    devices.say[second] = 0.0
    assert await peaks(sampled, [lease], range(64, 66)) == {lease.id: None}, "a new ring begins empty"


class Broken:
    """What does not answer."""

    async def over(self, leases: Sequence[Lease], window: timedelta, now: object) -> Mapping[LeaseId, float]:
        """Fail."""
        self.asked = True
        raise Unavailable("it does not answer")


async def test_a_source_that_does_not_answer_ends_nothing(office: Office) -> None:
    held(office)
    broken = Broken()
    watch = IdleWatch(office.desk, broken, IdleRules(window=timedelta(seconds=1)), lambda: office.now)
    running = asyncio.create_task(watch.run())
    while not hasattr(broken, "asked"):
        await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert office.notices(ADA) == []
