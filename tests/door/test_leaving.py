"""Who has left a project: her keys to its store are of no use any more, tried on a real one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from minio import Minio, S3Error

from maia_hub.core.ids import DEFAULT_PROJECT, ProjectId
from maia_hub.door.here import Here
from maia_hub.tools.local import LocalTools
from maia_hub.tools.model import Holder
from tests.door.conftest import PREFIX, Running, leave, member
from tests.platform import eventually
from tests.service.hub import ADMIN_TOKEN

INSTALLED = 300.0  # seconds, the first time on a machine


@pytest.fixture
def runner(door: Running, tmp_path: Path) -> LocalTools:
    """The tools that run here; the door looks every moment, and remembers nothing for longer."""
    made = LocalTools(tmp_path / "tools", PREFIX)
    moment = timedelta(seconds=0.1)
    door.settings = replace(door.settings, token_cache=moment)
    door.site = replace(door.site, recheck=0.2)
    door.more.append(Here(made, tmp_path / "wanted.json"))
    door.restart()
    return made


@pytest.fixture
def eve(door: Running) -> Iterator[httpx.Client]:
    """The program of a member who will not stay one."""
    member(door.hub, "eve", "MAIA:vision")
    yield door.program("eve")
    leave(door.hub, "eve", "MAIA:vision")


def started(program: httpx.Client, project: str = "vision") -> None:
    program.post(f"api/tools/{project}/s3/start").raise_for_status()

    def ready() -> bool:
        cards = program.get("api/tools", params={"project": project}).json()["tools"]
        state = next(card["state"] for card in cards if card["name"] == "s3")
        assert state != "failing", cards
        return bool(state == "ready")

    eventually(ready, "the store is ready", INSTALLED)


def store(program: httpx.Client, project: str = "vision") -> Minio:
    own = program.get(f"api/tools/{project}/s3/credentials").raise_for_status().json()
    place = httpx.URL(own["address"]).netloc.decode()
    return Minio(place, own["user"], own["secret"], secure=False, region="us-east-1")


def refused(client: Minio) -> bool:
    try:
        client.list_buckets()
    except S3Error as e:
        return bool(e.code == "InvalidAccessKeyId")
    return False


@pytest.mark.usefixtures("runner")
def test_who_leaves_loses_her_key_and_nobody_else_hers(door: Running, eve: httpx.Client) -> None:
    started(eve)
    hers, other = store(eve), store(door.program("alice"))
    hers.make_bucket("hers")
    leave(door.hub, "eve", "MAIA:vision")
    eventually(lambda: refused(hers), "the door has looked")
    assert [bucket.name for bucket in other.list_buckets()] == ["hers"]
    member(door.hub, "eve", "MAIA:vision")
    again = eventually(lambda: store(eve), "the hub's word on her is asked for anew")
    assert not refused(again)
    assert refused(hers)


def test_it_is_lost_while_the_store_does_not_run_as_well(
    door: Running, runner: LocalTools, eve: httpx.Client
) -> None:
    started(eve)
    hers = store(eve)
    eve.post("api/tools/vision/s3/stop").raise_for_status()
    assert [holder.person for holder in runner.holders()] == ["eve"]
    leave(door.hub, "eve", "MAIA:vision")
    eventually(lambda: not runner.holders(), "the door has looked")
    started(door.program("alice"))
    assert refused(hers)


def test_a_refused_request_of_hers_is_enough(door: Running, runner: LocalTools, eve: httpx.Client) -> None:
    door.site = replace(door.site, recheck=3600.0)
    door.restart()
    started(eve)
    hers = store(eve)
    leave(door.hub, "eve", "MAIA:vision")
    eventually(lambda: eve.get("vision/echo/x").status_code == 404, "she is no member any more")
    assert refused(hers)
    assert runner.holders() == []


def test_who_is_deleted_at_the_hub_loses_all_of_them(door: Running, runner: LocalTools) -> None:
    member(door.hub, "mallory", "MAIA:lungs")
    started(door.program("mallory"), "default")
    store(door.program("mallory"), "default")
    assert runner.holders() == [Holder(ProjectId(DEFAULT_PROJECT), "s3", runner.holders()[0].person)]
    headers = {"Authorization": f"token {ADMIN_TOKEN}"}
    httpx.delete(f"{door.hub.api}/users/mallory", headers=headers, timeout=20).raise_for_status()
    eventually(lambda: not runner.holders(), "the door has looked")
