"""Whose servers are looked at when something happens, and when all are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from uuid import UUID, uuid4

import pytest

from maia_hub.cluster.sessions import Wanted
from maia_hub.core.ids import LeaseId, ServerName, UserName
from maia_hub.core.leases import server_of_pod
from maia_hub.core.sessionfile import SessionFile
from maia_hub.deployed.sessions import Sessions
from maia_hub.desk.values import Held
from maia_hub.store.events import Event
from tests.waiting import until

pytestmark = pytest.mark.asyncio

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
ADA, BEN = UserName("ada"), UserName("ben")


@dataclass
class Told:
    """A desk that knows two servers and notes what it was asked; what was wanted is noted, too."""

    grants: Mapping[UserName, UUID] = field(default_factory=lambda: {ADA: uuid4(), BEN: uuid4()})
    servers: Mapping[UserName, ServerName] = field(default_factory=dict)
    all: int = 0
    some: list[set[UserName]] = field(default_factory=list)
    failing: int = 0
    wanted: dict[LeaseId, Wanted | None] = field(default_factory=dict)

    def held(self, now: datetime) -> Sequence[Held]:
        self.all += 1
        if self.failing:
            self.failing -= 1
            raise RuntimeError("no database")
        return [self._of(user, NOON) for user in self.grants]

    def held_by(self, users: Collection[UserName], now: datetime) -> Sequence[Held]:
        self.some.append(set(users))
        return [self._of(user, None) for user in users if user in self.grants]

    def want(self, grant: LeaseId, wanted: Wanted | None) -> None:
        self.wanted[grant] = wanted

    def want_all(self, wanted: Mapping[LeaseId, Wanted]) -> None:
        self.wanted = dict(wanted)

    def _of(self, user: UserName, latest: datetime | None) -> Held:
        content = SessionFile(
            grant=str(self.grants[user]),
            kind="booked",
            user=user,
            server=self.servers.get(user, ""),
            project="",
            reason="",
            since=NOON,
        )
        return Held(session=content, latest=latest)


def happened(action: str, user: UserName = ADA) -> Event:
    return Event(at=NOON, actor="x", action=action, subject="x", user=user)


@asynccontextmanager
async def following(told: Told) -> AsyncIterator[Sessions]:
    sessions = Sessions(told, told, lambda: NOON)
    task = asyncio.create_task(sessions.run())
    try:
        await until(lambda: told.all > 0)
        yield sessions
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_at_first_all_are_looked_at() -> None:
    async with following(told := Told()):
        await until(lambda: set(told.wanted) == set(told.grants.values()))


async def test_a_pod_that_no_hub_made_is_to_be_gone_at_its_end_and_a_server_is_ended_otherwise() -> None:
    async with following(told := Told(servers={BEN: server_of_pod("lab", "train")})):
        await until(lambda: set(told.wanted) == set(told.grants.values()))
        assert {g for g, wanted in told.wanted.items() if wanted and wanted.gone_by_then} == {
            told.grants[BEN]
        }


async def test_a_users_change_is_looked_at_at_once_and_her_servers_alone() -> None:
    async with following(told := Told()) as sessions:
        sessions.wake(happened("lease.reclaimed", BEN))
        await until(lambda: told.some == [{BEN}])
        assert told.all == 1
        assert set(told.wanted) == set(told.grants.values()), "the others' are not forgotten"


async def test_what_moves_the_calendar_is_looked_at_for_all_a_little_later() -> None:
    async with following(told := Told()) as sessions:
        sessions.wake(happened("booking.extended"))
        await until(lambda: told.some == [{ADA}])
        await until(lambda: told.all == 2)


async def test_what_changes_nothing_on_a_pod_is_not_looked_at() -> None:
    async with following(told := Told()) as sessions:
        sessions.wake(happened("server.running"))
        sessions.wake(happened("lease.released"))
        sessions.wake(happened("grant.booked", BEN))
        await until(lambda: told.some == [{BEN}])
        assert told.all == 1


async def test_a_desk_that_cannot_be_read_is_asked_again() -> None:
    async with following(told := Told(failing=1)):
        await until(lambda: told.all == 2)
        await until(lambda: set(told.wanted) == set(told.grants.values()))
