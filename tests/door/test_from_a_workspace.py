"""The door as a workspace asks it: what the panel, kernels and terminals are built on, against the real one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from maia_hub.core.errors import Conflict, MaiaError
from maia_lab.tools.door import Door
from maia_lab.tools.place import Place
from tests.door.conftest import ACCESS, ECHO, PREFIX, Running


def workspace(door: Running, user: str) -> Door:
    return Door(Place(f"{door.hub.url}{PREFIX}", door.hub.token(user, ACCESS), "vision"))


def test_a_workspace_understands_the_cards_and_the_environment(door: Running) -> None:
    kind = replace(ECHO, environment={"ECHO_URL": "{url}", "ECHO_TOKEN": "{token}", "PATH": "{url}"})
    door.tools[:] = [replace(door.tools[0], kind=kind)]
    door.restart()
    alice = workspace(door, "alice")

    async def ask() -> None:
        shown = await alice.get("tools", project="vision")
        assert [card["name"] for card in shown["tools"]] == ["echo"]
        told = await alice.environment()
        assert told.names == ["ECHO_TOKEN", "ECHO_URL"]  # a tool decides nothing about programs
        assert (await asyncio.to_thread(alice.environment_now, "vision")).values == told.values
        async for first in alice.events("vision"):
            assert first["projects"] == shown["projects"]
            break

    asyncio.run(ask())


def test_a_workspace_is_refused_in_words(door: Running) -> None:
    with pytest.raises(Conflict, match="runs elsewhere"):
        asyncio.run(workspace(door, "alice").post("tools", "vision", "echo", "start"))
    with pytest.raises(MaiaError) as caught:
        workspace(door, "bob").environment_now()
    assert "gave an answer that is not theirs" not in caught.value.message
    with pytest.raises(MaiaError):
        asyncio.run(first_event(workspace(door, "bob")))


async def first_event(of: Door) -> object:
    async for event in of.events("vision"):
        return event
    return None
