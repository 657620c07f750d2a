"""The project's tools in a real Jupyter server: its kernels, its terminals and the panel's routes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maia_lab.tools.handlers import DESK
from maia_lab.tools.holdings import HOLDINGS, Holdings
from maia_lab.tools.provisioner import ToolsProvisioner, held_by
from tests.lab.hpcpanel import Panel
from tests.lab.toolsdoor import SECRET, TOKEN, ToolsDoor, card, known_tools_door, panel_of
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]

S3 = {"S3_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_SECRET_ACCESS_KEY": SECRET}


@pytest.fixture
def door(jp_environ: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ToolsDoor]:
    with known_tools_door(monkeypatch) as stands:
        stands.environments["default"] = dict(S3)
        yield stands


@pytest.fixture
def tools(
    door: ToolsDoor, jp_fetch: Any, jp_serverapp: Any, jp_asyncio_loop: Any, jp_auth_header: Any
) -> Any:
    with panel_of(
        jp_serverapp, jp_fetch, jp_asyncio_loop, jp_auth_header, subject="tools", desk=DESK
    ) as asked:
        yield asked


async def test_a_kernel_starts_with_what_the_tools_tell_and_a_restart_asks_anew(
    tools: Panel, door: ToolsDoor, jp_serverapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "what the server was started with")
    kernels = jp_serverapp.kernel_manager
    number = await kernels.start_kernel()
    kernel = kernels.get_kernel(number)
    assert isinstance(kernel.provisioner, ToolsProvisioner)
    try:
        assert await value_in(kernel, "AWS_SECRET_ACCESS_KEY", tmp_path) == SECRET
        assert (await tools.call("GET", "state"))["kernels"]["behind"] == []
        door.environments["default"]["AWS_SECRET_ACCESS_KEY"] = "new"
        behind = (await tools.call("GET", "state"))["kernels"]["behind"]
        assert [each["id"] for each in behind] == [number]
        await kernels.restart_kernel(number)
        assert await value_in(kernel, "AWS_SECRET_ACCESS_KEY", tmp_path) == "new"
        assert (await tools.call("GET", "state"))["kernels"]["behind"] == []
    finally:
        await kernels.shutdown_kernel(number, now=True)
    door.environments["default"]["AWS_SECRET_ACCESS_KEY"] = "newer"
    assert (await tools.call("GET", "state"))["kernels"]["behind"] == []  # it is no more


async def test_a_running_kernel_is_brought_up_to_date_by_the_magic(
    tools: Panel, door: ToolsDoor, jp_serverapp: Any, tmp_path: Path
) -> None:
    kernels = jp_serverapp.kernel_manager
    number = await kernels.start_kernel()
    try:
        kernel = kernels.get_kernel(number)
        door.environments["default"] = {
            "MLFLOW_TRACKING_URI": "http://there",
            "PATH": "/evil",
            "LD_PRELOAD": "x",
        }
        assert await value_in(kernel, "MLFLOW_TRACKING_URI", tmp_path) == ""
        said = await run(kernel, "%load_ext maia_lab\n%maia_tools")
        assert "MLFLOW_TRACKING_URI" in said
        assert "http://there" not in said
        assert await value_in(kernel, "MLFLOW_TRACKING_URI", tmp_path) == "http://there"
        assert await value_in(kernel, "LD_PRELOAD", tmp_path) == ""
        await tools.call("POST", "kernels", number)
        assert (await tools.call("GET", "state"))["kernels"]["behind"] == []
        assert "You are not in the project secret" in await run(kernel, "%maia_tools secret")
        assert "one project" in await run(kernel, "%maia_tools a b")
    finally:
        await kernels.shutdown_kernel(number, now=True)


async def test_a_door_that_does_not_answer_keeps_no_kernel_from_starting_and_is_told(
    tools: Panel, door: ToolsDoor, jp_serverapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maia_lab.tools.provisioner.PATIENCE", 0.3)
    door.slow = 1.5
    kernels = jp_serverapp.kernel_manager
    number = await kernels.start_kernel()
    try:
        assert await value_in(kernels.get_kernel(number), "S3_ENDPOINT_URL", tmp_path) == ""
        door.slow = 0
        (behind,) = (await tools.call("GET", "state"))["kernels"]["behind"]
        assert (behind["id"], behind["why"]) == (number, "The project's tools did not answer within 0.3 s.")
    finally:
        await kernels.shutdown_kernel(number, now=True)


@pytest.mark.parametrize("broken", [500, 502, 302, 200])
async def test_whatever_stands_there_a_kernel_starts(door: ToolsDoor, broken: int) -> None:
    door.broken = broken
    begun = time.monotonic()
    assert await held_by(f"kernel-{broken}") == {}
    assert time.monotonic() - begun < 5
    assert any(each["why"] for each in HOLDINGS.view()["behind"] if each["id"] == f"kernel-{broken}")
    HOLDINGS.gone(f"kernel-{broken}")


async def test_a_terminal_knows_the_tools_and_comes_without_them_too(
    tools: Panel, door: ToolsDoor, jp_serverapp: Any, jp_fetch: Any, tmp_path: Path
) -> None:
    manager = jp_serverapp.web_app.settings["terminal_manager"]
    for at, expected in enumerate((SECRET, "")):
        told = tmp_path / f"told-{at}"
        answer = await jp_fetch("api", "terminals", method="POST", body=json.dumps({"cwd": str(tmp_path)}))
        terminal = manager.terminals[json.loads(answer.body)["name"]]
        line = f"printenv AWS_SECRET_ACCESS_KEY > {told}; echo $? > {told}.done\n"
        terminal.ptyproc.write(line)
        await until(lambda told=told: told.with_name(told.name + ".done").exists(), "the shell")  # type: ignore[misc]
        assert told.read_text().strip() == expected
        await manager.terminate_all()
        door.broken = 503


async def test_the_panel_is_told_of_tools_as_they_change(tools: Panel, door: ToolsDoor) -> None:
    door.cards["default"] = [card("mlflow", "mlflow", "stopped")]
    async with tools.listening("feed") as one, tools.listening("feed?project=vision") as other:
        await until(lambda: one.of("state") and other.of("state"), "two browsers")
        assert one.of("state")[0]["projects"] == ["default", "vision"]
        assert other.of("state")[0]["project"] == "vision"
        async with tools.listening("feed") as later:
            await until(lambda: later.of("state"), "a browser that comes later")
        await tools.call("POST", "default", "mlflow", "start")
        await until(lambda: one.of("state")[-1]["tools"][0]["state"] == "ready", "that it is ready")
        door.cards["default"][0] |= {"state": "unreachable", "reason": "connection refused"}
        door.change()
        await until(lambda: one.of("state")[-1]["tools"][0]["reason"], "why it is not reached")
        door.broken = 502
        door.change()
        await until(lambda: one.of("state")[-1]["trouble"], "that the door does not answer")
        assert one.of("state")[-1]["tools"][0]["name"] == "mlflow"  # what was known stays in sight
        door.broken = None
        await until(lambda: not one.of("state")[-1]["trouble"], "that it answers again")


async def test_logs_and_credentials_are_shown_to_who_asks_and_nothing_of_them_is_logged(
    tools: Panel, door: ToolsDoor, caplog: pytest.LogCaptureFixture
) -> None:
    door.cards["default"] = [card("store", "s3")]
    assert (await tools.call("GET", "default", "store", "log"))["lines"] == ["Started", "Listening"]
    shown = await tools.call("GET", "default", "store", "credentials")
    assert shown == {"user": "alice-1", "secret": SECRET, "address": "http://127.0.0.1:9"}
    await tools.call("POST", "default", "store", "rotate")
    state = await tools.call("GET", "state")
    assert SECRET not in json.dumps(state)
    assert "another-secret" not in json.dumps(state)
    assert SECRET not in caplog.text
    assert TOKEN not in caplog.text
    assert all(TOKEN not in path and SECRET not in path for _, path in door.asked)


async def test_what_the_door_refuses_is_told_in_its_words(tools: Panel, door: ToolsDoor) -> None:
    said = await tools.problem("POST", "default", "nothing", "start")
    assert (said["status"], said["detail"]) == (404, "There is no tool nothing in default.")
    state = await tools.call("GET", "state?project=secret")
    assert state["trouble"]["detail"] == "You are not in the project secret."
    assert state["tools"] == []
    said = await tools.problem("POST", "kernels", "00000000-0000-0000-0000-000000000000")
    assert said["status"] == 404


def test_what_a_kernel_holds_is_compared_without_being_kept() -> None:
    from maia_lab.tools.door import Environment

    holdings = Holdings()
    holdings.given("a", Environment("default", {"X": SECRET}))
    assert holdings.view()["behind"] == []
    holdings.is_now(Environment("default", {"X": "another"}))
    assert [each["id"] for each in holdings.view()["behind"]] == ["a"]
    assert SECRET not in repr(holdings._held)
    assert SECRET not in repr(Environment("default", {"X": SECRET}))
    holdings.gone("a")
    assert holdings.view()["behind"] == []


async def run(kernel: Any, code: str) -> str:
    """Run code in a kernel; return what it shows."""
    client = kernel.client()
    client.start_channels()
    shown: list[str] = []

    def hear(message: Any) -> None:
        content = message["content"]
        shown.append(content.get("text", "") or content.get("data", {}).get("text/plain", ""))

    try:
        await client.wait_for_ready(timeout=60)
        reply = await client.execute_interactive(code, output_hook=hear, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
    finally:
        client.stop_channels()
    return "".join(shown)


async def value_in(kernel: Any, name: str, folder: Path) -> str:
    """Return what an environment variable is in a kernel."""
    told = folder / name
    code = f"import os, pathlib; pathlib.Path({str(told)!r}).write_text(os.environ.get({name!r}, ''))"
    await run(kernel, code)
    return await asyncio.to_thread(told.read_text)
