"""At a real JupyterHub a teacher opens her student's server while their class runs, not before and not after."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace

import pytest
import pytest_asyncio

from maia_hub.core.ids import DEFAULT_SERVER, UserName
from maia_hub.desk import Actor
from maia_hub.hub import HubApi
from maia_hub.reconcile import EntryKeeper
from tests.desk.lessons import TOM, changed, course
from tests.desk.office import Office
from tests.stockhub import LAB, StockHub, visited

pytestmark = pytest.mark.asyncio
ALICE, STRANGER = Actor(UserName("alice")), UserName("stranger")


@pytest_asyncio.fixture
async def hub(real_hub: StockHub) -> AsyncIterator[HubApi]:
    for user in ("alice", "teacher", "stranger"):
        real_hub.browser(user).close()
    real_hub.start_server("alice")
    async with HubApi(real_hub.api, real_hub.token, timeout=2) as api:
        yield api
    real_hub.stop_server("alice")


def keeper(office: Office, hub: HubApi) -> EntryKeeper:
    return EntryKeeper(office.desk, hub, lambda: office.now)


async def test_the_teacher_comes_in_while_the_class_runs_and_goes_when_it_is_over(
    office: Office, hub: HubApi, real_hub: StockHub
) -> None:
    with closing(real_hub.browser("teacher")) as teacher, closing(real_hub.browser("stranger")) as stranger:
        course(office, ALICE.user)
        await keeper(office, hub).look()
        assert visited(teacher).status_code == 403, "the server holds nothing of the class"
        office.start(ALICE)
        await keeper(office, hub).look()
        assert visited(teacher).url.path == LAB
        assert visited(stranger).status_code == 403
        office.go(hours=4)
        await keeper(office, hub).look()
        assert await hub.entrants(ALICE.user, DEFAULT_SERVER) == frozenset()
        teacher.cookies.delete("jupyterhub-session-id")
        assert visited(teacher).status_code == 403


async def test_a_hub_that_was_away_is_told_when_it_is_back_also_by_loops_that_were_started_anew(
    office: Office, hub: HubApi, real_hub: StockHub
) -> None:
    made = course(office, ALICE.user)
    office.start(ALICE)
    await hub.let_in(ALICE.user, DEFAULT_SERVER, STRANGER)  # by somebody else: none of ours
    await keeper(office, hub).look()
    assert await hub.entrants(ALICE.user, DEFAULT_SERVER) == {TOM, STRANGER}
    changed(office, made, ended=office.now)
    real_hub.process.send_signal(signal.SIGSTOP)
    try:
        await keeper(office, hub).look()
        assert office.desk.entries_due(office.now).shut_out, "nobody knows that it was done"
    finally:
        real_hub.process.send_signal(signal.SIGCONT)
    await keeper(office, hub).look()
    assert await hub.entrants(ALICE.user, DEFAULT_SERVER) == {STRANGER}
    await hub.shut_out(ALICE.user, DEFAULT_SERVER, STRANGER)


async def test_a_site_that_wants_nobody_in_others_servers_takes_back_what_it_gave_with_fewer_rights(
    office: Office, hub: HubApi, real_hub: StockHub
) -> None:
    course(office, ALICE.user)
    office.start(ALICE)
    await keeper(office, hub).look()
    assert await hub.entrants(ALICE.user, DEFAULT_SERVER) == {TOM}
    office.desk.policies = replace(office.desk.policies, staff_entry=False)
    async with HubApi(real_hub.api, real_hub.apart) as apart:
        await keeper(office, apart).look()
    assert await hub.entrants(ALICE.user, DEFAULT_SERVER) == frozenset()
    assert office.desk.entries_due(office.now).shut_out == ()
