"""What members may have done to tools, and what their programs are told."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from maia_hub.service import logs
from maia_hub.tools.model import Kind, Page
from tests.door.conftest import ECHO, PREFIX, SECRET, Running
from tests.platform import eventually
from tests.ports import free_port

STORE = Kind(
    name="store",
    title="Store",
    page=Page.NONE,
    environment={"STORE_USER": "{user}", "STORE_SECRET": "{secret}", "STORE_AT": "{address}"},
    personal=True,
)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the logs say, as configured for the door's process."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    written = io.StringIO()
    logs.configure(written)
    yield written
    root.handlers, root.level = before, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("method", "what"), [("POST", "start"), ("POST", "stop"), ("GET", "log"), ("POST", "rotate")]
)
def test_what_runs_elsewhere_is_not_the_platform_s_to_run(door: Running, method: str, what: str) -> None:
    answer = door.program("alice").request(method, f"api/tools/vision/echo/{what}")
    assert answer.status_code == 409
    assert "runs elsewhere" in answer.json()["detail"]


def test_no_stranger_acts_on_a_tool(door: Running) -> None:
    for method, what in (("POST", "start"), ("GET", "log"), ("GET", "credentials"), ("POST", "rotate")):
        for user in ("bob", "dave"):
            assert door.program(user).request(method, f"api/tools/vision/echo/{what}").status_code == 404


def test_programs_are_told_how_to_sign_in_and_pages_are_not(door: Running, lines: io.StringIO) -> None:
    store = replace(door.tools[0], name="store", kind=STORE)
    door.tools.append(store)
    answer = door.program("alice").get("api/tools/vision/store/credentials")
    assert answer.json() == {"user": "maia", "secret": SECRET, "address": store.address}
    assert answer.headers["cache-control"] == "no-store"
    assert door.browser("alice").get(f"{PREFIX}/api/tools/vision/store/credentials").status_code == 403
    shared = door.program("alice").get("api/tools/vision/echo/credentials").json()
    assert shared == {"user": "", "secret": "", "address": ""}
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    (audit, _) = [line for line in said if line["logger"] == "maia.door.audit"]
    assert (audit["action"], audit["user"], audit["project"], audit["tool"]) == (
        "credentials",
        "alice",
        "vision",
        "store",
    )
    assert SECRET not in lines.getvalue()


def test_a_kernel_finds_what_its_tools_say(door: Running) -> None:
    kind = replace(ECHO, environment={"ECHO_URL": "{url}/api", "ECHO_TOKEN": "{token}"})
    ready = replace(door.tools[0], name="store", kind=STORE)
    dead = replace(
        ready, name="dead", address=f"http://127.0.0.1:{free_port()}", kind=replace(STORE, health=ECHO.health)
    )
    door.tools[:] = [replace(door.tools[0], kind=kind), ready, dead]
    door.restart()
    program = door.program("alice")
    token = program.headers["Authorization"].removeprefix("Bearer ")

    def told() -> dict[str, str]:
        answer = program.get("api/environment", params={"project": "vision"})
        assert answer.headers["cache-control"] == "no-store"
        env: dict[str, str] = answer.json()["env"]
        return env if "STORE_USER" in env else {}

    assert eventually(told, "the store is asked") == {
        "ECHO_URL": f"{door.hub.url}{PREFIX}/vision/echo/api",
        "ECHO_TOKEN": token,
        "STORE_USER": "maia",
        "STORE_SECRET": SECRET,
        "STORE_AT": ready.address,
    }
    assert door.browser("alice").get(f"{PREFIX}/api/environment?project=vision").status_code == 403


def test_cards_are_told_as_they_change(door: Running) -> None:
    program = door.program("alice")
    with program.stream("GET", "api/events", params={"project": "vision"}) as answer:
        said = (json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: "))
        states = next(each for each in said if each["tools"][0]["state"] == "ready")
        assert states["tools"][0]["name"] == "echo"
    assert door.program("bob").get("api/events", params={"project": "vision"}).status_code == 404
