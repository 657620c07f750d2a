"""The panel's routes with a real Slurm behind a real sshd."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hpc.people import Home, stop_broker
from tests.lab.hpcpanel import Panel
from tests.slurm.site import Site
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture(params=["site"])
def slurm(request: pytest.FixtureRequest) -> Site:
    """The Slurm that a test names, by its fixture."""
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def home(jp_environ: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slurm: Site) -> Iterator[None]:
    made = Home(tmp_path / "panel")
    monkeypatch.setenv("HOME", str(made.folder))
    monkeypatch.setenv("MAIA_HPC_RUN", str(tmp_path / "run"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    made.knows(slurm.sshd)
    made.host("login", slurm.sshd.port, slurm.account)
    systems = made.folder / ".maia" / "systems"
    systems.mkdir(parents=True)
    (systems / "login.yaml").write_text("control: {host: login}\npoll: 1s\n")
    yield
    stop_broker()
    slurm.slurm.run("scancel", f"--user={slurm.account.name}")


async def test_a_folder_is_sent_its_job_is_read_while_it_runs_is_cancelled_and_fetched(
    panel: Panel, jp_root_dir: Path
) -> None:
    code = jp_root_dir / "it's code"
    code.mkdir()
    (code / "data.txt").write_text("from here\n")
    command = "cat data.txt; sleep 600"
    form = {"system": "login", "memory": "10M", "send": {"kind": "folder", "path": "it's code"}}
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        token = await panel.submitted(stream, command, **form)
        async with panel.listening("jobs", token, "log") as log:
            await until(lambda: log.of("piece"), "the first line of the log")
            assert log.of("piece")[0]["text"] == "from here\n"
            names = [each["name"] for each in await panel.call("GET", "jobs", token, "files")]
            assert "it's code" in names
            task = await panel.call("POST", "jobs", token, "cancel", tab="t")
            await until(lambda: stream.over(task["id"]), "the end of cancelling")
        await until(lambda: (stream.job(token) or {}).get("over"), "the end of the job")
        task = await panel.call("POST", "jobs", token, "fetch", tab="t", to="back", patterns=["*.txt"])
        await until(lambda: stream.over(task["id"]), "the files")
        assert stream.task(task["id"])["result"] == {"files": 1, "path": "back"}, stream.task(task["id"])
    assert (jp_root_dir / "back" / "it's code" / "data.txt").read_text() == "from here\n"
    systems = {each["name"]: each for each in stream.of("systems")[-1]["systems"]}
    assert systems["login"]["connection"] == "open"


@pytest.mark.parametrize("slurm", ["counted_site"], indirect=True)
async def test_what_a_job_made_of_what_it_was_given_is_told_where_it_is_counted(panel: Panel) -> None:
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        form = {"system": "login", "memory": "50M", "cpus": "1", "gpus": "1"}
        token = await panel.submitted(stream, "sleep 2", **form)
        await until(lambda: (stream.job(token) or {}).get("over"), "the end of the job")
        found: dict[str, Any] = {}
        for _ in range(300):  # accounting is a moment behind
            found = await panel.call("GET", "jobs", token, "efficiency") or {}
            if found:
                break
            await asyncio.sleep(0.2)
    assert (found["cpus"], found["gpus"], found["memory_given"]) == (1, 1, 50 << 20)
    assert 0 <= found["cpu_share"] < 0.5
