"""What only a person can answer, asked in the tab that needs it, by a real login node that wants codes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hpc.people import Home, stop_broker
from tests.lab.hpcpanel import Panel, Stream
from tests.slurm.codes import CodeNode, asking
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]

CODE = "493817"


@pytest.fixture
def node() -> Iterator[CodeNode]:
    with asking(("Code: ", CODE)) as started:
        yield started


@pytest.fixture
def home(jp_environ: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, node: CodeNode) -> Iterator[None]:
    made = Home(tmp_path / "panel")
    monkeypatch.setenv("HOME", str(made.folder))
    monkeypatch.setenv("MAIA_HPC_RUN", str(tmp_path / "run"))
    made.host("login", node.port)
    systems = made.folder / ".maia" / "systems"
    systems.mkdir(parents=True)
    (systems / "login.yaml").write_text("control: {host: login}\n")
    yield
    stop_broker()


async def asked(stream: Stream, task: str, kind: str) -> Any:
    """Wait until a task asks something of a kind; return the question."""

    def question() -> Any:
        told = stream.task(task)
        return told and told["question"]

    await until(lambda: (question() or {}).get("kind") == kind, f"a question of the kind {kind}")
    return question()


def connection(stream: Stream) -> str:
    states = [*stream.of("state"), *stream.of("systems")]
    return str(next(each for each in states[-1]["systems"] if each["name"] == "login")["connection"])


async def test_a_new_host_and_a_code_are_asked_for_and_the_code_is_nowhere_but_there(
    panel: Panel, node: CodeNode, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        assert connection(stream) == "closed"
        task = (await panel.call("POST", "systems", "login", "sign-in", tab="mine"))["id"]
        first = await asked(stream, task, "host-key")
        assert "is reached for the first time" in first["instructions"]
        assert node.key.get_fingerprint() in first["text"]
        await panel.call("POST", "tasks", task, question=first["id"], answer="yes")
        code = await asked(stream, task, "code")
        assert (code["text"], code["echo"], stream.task(task)["tab"]) == ("Code: ", False, "mine")
        said = await panel.problem("POST", "tasks", task, question=first["id"], answer=CODE)
        assert said["status"] == 404  # an answer goes to its own question alone
        await panel.call("POST", "tasks", task, question=code["id"], answer=CODE)
        await until(lambda: stream.over(task), "the end of signing in")
        assert stream.task(task)["state"] == "done", stream.task(task)
        await until(lambda: connection(stream) == "open", "an open connection")
        assert node.answers == [CODE]
        assert CODE not in str(stream.events)
    assert CODE not in caplog.text
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and CODE.encode() in path.read_bytes()]
    assert kept == []


async def test_who_does_not_answer_is_told_to_sign_in_again(panel: Panel, node: CodeNode) -> None:
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        task = (await panel.call("POST", "systems", "login", "check", tab="mine"))["id"]
        question = await asked(stream, task, "host-key")
        await panel.call("POST", "tasks", task, question=question["id"], answer=None)
        await until(lambda: stream.over(task), "the end of it")
        assert connection(stream) != "open"
        other = (await panel.call("POST", "systems", "login", "sign-in", tab="mine"))["id"]
        await asked(stream, other, "host-key")
        await panel.call("DELETE", "tasks", other)
        await until(lambda: stream.over(other), "the end of that")
        assert stream.task(other)["state"] == "cancelled"
