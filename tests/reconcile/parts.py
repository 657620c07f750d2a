"""A desk, a hub and processes of the loops' own size: they remember what they were told, and can be down."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from uuid import uuid4

from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import DEFAULT_SERVER, GpuId, LeaseId, NodeId, PoolId, ServerName, UserName
from maia_hub.core.leases import GrantKind, Lease, LeaseEnd
from maia_hub.reconcile.ports import Server, StopCause

ALICE = UserName("alice")
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def lease(until: datetime | None = None) -> Lease:
    return Lease(
        id=LeaseId(uuid4()),
        kind=GrantKind.OPPORTUNISTIC,
        user=ALICE,
        server=DEFAULT_SERVER,
        pool=PoolId("sim"),
        node=NodeId("here"),
        gpus=(GpuId("SIM-0"),),
        since=NOON - timedelta(hours=1),
        until=until,
    )


@dataclass(frozen=True)
class Job:
    user: UserName
    server: ServerName
    grant: LeaseId
    cause: StopCause = "expired"
    choice: str | None = None


@dataclass
class Agenda:
    respawns: Sequence[Job] = ()
    next_at: datetime | None = None


@dataclass
class SmallDesk:
    """Knows leases and what is due; writes down what it is told."""

    live: list[Lease] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    ticks: int = 0
    counted: int = 0
    read: list[LeaseId] = field(default_factory=list)
    next_at: datetime | None = None
    failing: int = 0
    refusing: int = 0
    asked: int = 0
    hold: threading.Event | None = None
    slow: float = 0.0

    def tick(self, now: datetime) -> Sequence[object]:
        self.ticks += 1
        time.sleep(self.slow)
        if self.failing:
            self.failing -= 1
            raise RuntimeError("disk full")
        return []

    def due(self, now: datetime) -> Agenda:
        found = Agenda(list(self.jobs), self.next_at)
        self.asked += 1
        if self.hold is not None:
            self.hold.wait(10)
        return found

    def mark_stopping(self, grant_id: LeaseId, cause: StopCause, now: datetime) -> bool:
        self.told.append("stopping")
        return True

    def respawned(self, user: UserName, server: ServerName, now: datetime) -> None:
        self.told.append("respawned")
        self.jobs = [job for job in self.jobs if (job.user, job.server) != (user, server)]

    def live_lease_ids(self, now: datetime) -> Sequence[LeaseId]:
        self.counted += 1
        return [held.id for held in self.live]

    def leases(self, grants: Collection[LeaseId], now: datetime) -> Sequence[Lease]:
        self.read += grants
        return [held for held in self.live if held.id in grants]

    def servers(self, now: datetime) -> Sequence[Server]:
        return []

    def ended(self, grant_id: LeaseId, cause: LeaseEnd, now: datetime) -> None:
        if self.refusing:
            self.refusing -= 1
            raise RuntimeError("disk full")
        self.told.append(f"ended: {cause.value}")
        self.live = [held for held in self.live if held.id != grant_id]


@dataclass
class SmallHub:
    """Fails as often as ``failures`` has errors, then does what it is asked; ``most`` counts what it did at once.

    At a closed gate it waits, but for the ``first`` few.
    """

    told: list[str] = field(default_factory=list)
    failures: list[MaiaError] = field(default_factory=list)
    gates: Mapping[str, asyncio.Event] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=lambda: {"stop": 0, "start": 0})
    doing: dict[str, int] = field(default_factory=lambda: {"stop": 0, "start": 0})

    async def stop(self, user: UserName, server: ServerName) -> None:
        await self._do("stop")
        self.told.append("stop")

    async def options(self, user: UserName, server: ServerName) -> Mapping[str, object]:
        return {"maia_choice": "cpu", "other": 1}

    async def start(
        self, user: UserName, server: ServerName, options: Mapping[str, object] | None = None
    ) -> None:
        await self._do("start")
        self.told.append("start" if options is None else f"start {dict(options)}")

    async def _do(self, what: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.doing[what] += 1
        self.most[what] = max(self.most[what], self.doing[what])
        self.first[what] = self.first.get(what, 0) - 1
        if what in self.gates and self.first[what] < 0:
            await self.gates[what].wait()
        self.doing[what] -= 1


@dataclass
class SmallProcesses:
    """The grants whose process is gone; whether one runs is told, as on a cluster, or has to be looked for."""

    dead: set[LeaseId] = field(default_factory=set)
    swept: list[LeaseId] = field(default_factory=list)
    tidied: int = 0
    told: bool = False

    def unsure(self, grants: Sequence[LeaseId]) -> Sequence[LeaseId]:
        return [grant for grant in grants if grant in self.dead] if self.told else grants

    def gone(self, lease: Lease, now: datetime) -> bool:
        return lease.id in self.dead

    def sweep(self, grant: LeaseId) -> None:
        self.swept.append(grant)

    def tidy(self, servers: Sequence[Server], now: datetime) -> None:
        self.tidied += 1
