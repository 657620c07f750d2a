"""Servers of a real hub, stopped and started by its REST API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from maia_hub.core.ids import DEFAULT_SERVER, UserName
from maia_hub.hub import HubApi, HubServer
from tests.stockhub import StockHub

pytestmark = pytest.mark.asyncio
ALICE = UserName("alice")


@pytest_asyncio.fixture
async def api(real_hub: StockHub) -> AsyncIterator[HubApi]:
    async with HubApi(real_hub.api, real_hub.token) as hub:
        yield hub
        await hub.stop(ALICE, DEFAULT_SERVER)


async def ready(api: HubApi) -> HubServer:
    for _ in range(600):
        found = await api.server(ALICE, DEFAULT_SERVER)
        if found and found.ready:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("the server is not ready within a minute")


async def test_a_started_server_is_listed_and_a_stopped_one_is_not(api: HubApi) -> None:
    await api.start(ALICE, DEFAULT_SERVER, {"maia_choice": "cpu"})
    await ready(api)
    assert [(s.user, s.name) for s in await api.servers()] == [(ALICE, DEFAULT_SERVER)]

    await api.stop(ALICE, DEFAULT_SERVER)
    assert await api.servers() == []


async def test_a_respawn_keeps_the_options_of_the_last_start(api: HubApi) -> None:
    await api.start(ALICE, DEFAULT_SERVER, {"maia_choice": "idle:sim", "other": 1})
    await ready(api)
    await api.respawn(ALICE, DEFAULT_SERVER)
    assert (await ready(api)).user_options == {"maia_choice": "idle:sim", "other": 1}


async def test_a_respawn_with_options_replaces_them(api: HubApi) -> None:
    await api.start(ALICE, DEFAULT_SERVER, {"maia_choice": "idle:sim"})
    await ready(api)
    await api.respawn(ALICE, DEFAULT_SERVER, {"maia_choice": "cpu"})
    assert (await ready(api)).user_options == {"maia_choice": "cpu"}


async def test_starting_a_running_server_is_no_error(api: HubApi) -> None:
    await api.start(ALICE, DEFAULT_SERVER)
    await ready(api)
    await api.start(ALICE, DEFAULT_SERVER)


async def test_stopping_a_server_while_it_starts_leaves_it_stopped(api: HubApi) -> None:
    start = asyncio.ensure_future(api.start(ALICE, DEFAULT_SERVER))
    await asyncio.sleep(0.3)
    await api.stop(ALICE, DEFAULT_SERVER)
    await asyncio.gather(start, return_exceptions=True)
    found = await api.server(ALICE, DEFAULT_SERVER)
    assert found is None or not (found.ready or found.pending)


async def test_stopping_what_does_not_run_is_no_error(api: HubApi) -> None:
    await api.stop(ALICE, DEFAULT_SERVER)
    await api.stop(UserName("bob"), DEFAULT_SERVER)
