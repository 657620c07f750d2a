"""Which leases' pods are gone, and which pods nobody knows, on a real cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from maia_hub.cluster.pods import PodWatch
from maia_hub.cluster.processes import ORPHANED, STARTS_WITHIN, PodProcesses
from maia_hub.core.ids import DEFAULT_SERVER, LeaseId, NodeId, PoolId, ServerName, UserName
from maia_hub.core.leases import GrantKind, Lease, server_of_pod
from maia_hub.reconcile.ports import Processes
from tests.cluster.parts import Ground, name, new_grant
from tests.waiting import until

pytestmark = pytest.mark.asyncio

ANN = UserName("ann")
NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
LATER = NOW + STARTS_WITHIN + timedelta(seconds=1)


@dataclass
class Server:
    grant_id: UUID
    user: UserName = ANN
    server: ServerName = DEFAULT_SERVER
    since: datetime = NOW


def lease(grant: LeaseId) -> Lease:
    return Lease(
        id=grant,
        kind=GrantKind.BOOKED,
        user=ANN,
        server=DEFAULT_SERVER,
        pool=PoolId("a40"),
        node=NodeId("a"),
        gpus=(),
        since=NOW,
        until=None,
    )


async def tidy(processes: Processes, servers: Sequence[Server], *after: float) -> None:
    """Tidy as the loops do, from a thread, so many seconds after NOW."""
    for seconds in after:
        await asyncio.to_thread(processes.tidy, servers, NOW + timedelta(seconds=seconds))


async def test_a_lease_is_gone_once_its_pod_has_ended(field: Ground) -> None:
    processes: Processes = PodProcesses(field.api, field.watch)
    grant = await field.start()
    assert not processes.gone(lease(grant), LATER)
    await field.kubectl("delete", "pod", name(grant), "--wait=false")
    await until(lambda: field.told(grant), "the end in sight")
    assert processes.gone(lease(grant), NOW) is field.watch.over(grant)
    await field.end_of(grant)
    assert await asyncio.to_thread(processes.gone, lease(grant), NOW)


async def test_a_lease_whose_pod_is_not_there_yet_gets_the_time_for_a_start(field: Ground) -> None:
    processes = PodProcesses(field.api, field.watch)
    nobody = lease(new_grant())
    assert not processes.gone(nobody, NOW)
    assert not processes.gone(nobody, NOW + STARTS_WITHIN)
    assert processes.gone(nobody, LATER)


async def test_a_lease_whose_pod_was_refused_after_the_review_lapses_within_a_minute(field: Ground) -> None:
    processes = PodProcesses(field.api, field.watch)
    orphan = replace(lease(new_grant()), server=server_of_pod("lab", "job-1"))
    assert timedelta(seconds=60) > ORPHANED
    assert not processes.gone(orphan, NOW + ORPHANED)
    assert processes.gone(orphan, NOW + ORPHANED + timedelta(seconds=1))


async def test_nothing_is_gone_and_nothing_tidied_before_the_first_list(field: Ground) -> None:
    blind = PodWatch(field.api, [field.namespace])
    processes = PodProcesses(field.api, blind)
    grant = await field.start()
    assert not processes.gone(lease(new_grant()), LATER)
    await tidy(processes, [], 0, 60)
    assert field.told(grant) == []


async def test_a_pod_whose_grant_nobody_knows_is_deleted_after_the_second_look(field: Ground) -> None:
    processes = PodProcesses(field.api, field.watch)
    stranger, known, of_job = await field.start(), await field.start(), await field.start(by_hub=False)
    await tidy(processes, [Server(known)], 0, 1)
    await asyncio.sleep(0.5)
    assert field.told(stranger) == []
    await tidy(processes, [Server(known)], 15)
    await field.end_of(stranger)
    assert field.told(known) == field.told(of_job) == []


async def test_a_pod_that_was_unknown_only_once_is_left_alone(field: Ground) -> None:
    processes = PodProcesses(field.api, field.watch)
    late = await field.start()
    others = [Server(UUID(pod.grant)) for pod in field.watch.pods() if pod.grant != str(late)]
    await tidy(processes, others, 0)
    await tidy(processes, [*others, Server(late)], 15)
    await tidy(processes, others, 30)
    await asyncio.sleep(0.5)
    assert field.told(late) == []


async def test_a_swept_lease_leaves_no_pod_running(field: Ground) -> None:
    processes = PodProcesses(field.api, field.watch)
    grant, ended = await field.start(), await field.start("exit 0", runs=False)
    await field.end_of(ended)
    await asyncio.to_thread(processes.sweep, grant)
    await asyncio.to_thread(processes.sweep, ended)
    await field.end_of(grant)
    assert field.watch.of_grant(ended), "an ended pod stays for whoever wants to know why"


async def test_ends_are_forgotten_once_nobody_knows_the_grant(field: Ground) -> None:
    processes = PodProcesses(field.api, field.watch)
    grant = await field.start()
    await field.kubectl("delete", "pod", name(grant), "--grace-period=0", "--force")
    await field.end_of(grant)
    others = [Server(UUID(pod.grant)) for pod in field.watch.pods()]
    await tidy(processes, [*others, Server(grant)], 0)
    assert field.watch.over(grant)
    await tidy(processes, others, 15)
    assert field.watch.over(grant) is None
