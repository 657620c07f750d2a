"""`maia hpc` as a person uses it: plain processes here, and a real Slurm behind a real sshd."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maia_hub.hpc.broker.client import BrokerClient
from maia_hub.hpc.systemfiles import home_folder
from tests.cli.commands import maia
from tests.hpc.people import Home
from tests.platform import eventually
from tests.slurm.site import Site


class Terminal:
    """Somebody's terminal, by her home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def hpc(self, *words: str, status: int = 0) -> str:
        done = maia("hpc", *words, HOME=str(self.home))
        assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
        return done.stdout if status == 0 else done.stderr

    def job(self, token: str) -> dict[str, Any]:
        listed: list[dict[str, Any]] = json.loads(self.hpc("ls", "--json"))
        return next(each for each in listed if each["token"] == token)

    def submit(self, *words: str) -> str:
        return str(json.loads(self.hpc("submit", "--json", *words))["token"])


def test_a_plain_process_is_submitted_listed_read_and_cancelled(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    token = terminal.submit("--env", "A=x y", "--", "bash", "-c", "echo $A; echo 1 > a.txt; exit 3")
    eventually(lambda: terminal.job(token)["state"] == "FAILED", "a failed job")
    assert terminal.hpc("logs", token) == "x y\n"
    assert "Its command ended with an error" in terminal.hpc("ls")
    assert "1 file," in terminal.hpc("fetch", token, "*.txt", "--to", str(tmp_path / "results"))
    assert (tmp_path / "results" / "a.txt").read_text() == "1\n"
    assert "has no such file" in terminal.hpc("fetch", token, "*.csv", "--to", str(tmp_path), status=1)
    sleeping = terminal.submit("--", "sleep", "60")
    assert "CANCELLED" in terminal.hpc("cancel", sleeping)
    assert "run folder" in terminal.hpc("check", "local")
    assert "no array" in terminal.hpc("submit", "--array", "1-2", "--", "true", status=1)
    assert "There is no job" in terminal.hpc("logs", "nothing", status=1)
    for options in (("submit", "--project", "elsewhere", "--", "true"), ("send", ".", "--data", "elsewhere")):
        assert "There is no folder elsewhere." in terminal.hpc(*options, status=1)
    assert len(json.loads(terminal.hpc("ls", "--json"))) == 2


def test_an_option_that_there_is_not_is_no_command_and_those_of_sbatch_are_passed_on(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    systems = tmp_path / ".maia" / "systems"
    systems.mkdir(parents=True)
    (systems / "login.yaml").write_text("control: {host: login}\n")
    assert "No such option: --gpuz" in terminal.hpc("submit", "--gpuz", "1", "--", "true", status=2)
    assert json.loads(terminal.hpc("ls", "--json")) == []
    more = ("--signal", "USR1@5min", "--option", "reservation=course", "--option", "exclusive")
    script = terminal.hpc("submit", "-s", "login", "--preview", *more, "python", "train.py", "--epochs", "3")
    lines = script.splitlines()
    assert {"#SBATCH --signal=B:USR1@300", "#SBATCH --reservation=course", "#SBATCH --exclusive"} <= set(
        lines
    )
    assert "exec -- python train.py --epochs 3 &" in lines
    assert "must be one of USR1" in terminal.hpc("submit", "--signal", "KILL", "true", status=1)


def test_a_job_is_shown_in_full_and_runs_in_its_project_on_this_machine(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    project, data = tmp_path / "it's a project", tmp_path / "data"
    project.mkdir()
    data.mkdir()
    token = terminal.submit(
        "--project", str(project), "--data", str(data), "--", "bash", "-c", "pwd; echo $MAIA_DATA"
    )
    eventually(lambda: terminal.job(token)["state"] == "COMPLETED", "a finished job")
    assert terminal.hpc("logs", token) == f"{project}\n{data}\n"
    shown = terminal.hpc("show", token)
    assert "State: COMPLETED" in shown
    assert "job.sh" in shown
    assert "here already" in terminal.hpc("send", str(project))
    assert "Nobody counts" in terminal.hpc("usage", "local")


def test_a_log_is_followed_to_the_end_of_the_job(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    token = terminal.submit(
        "--", "bash", "-c", "echo first; until [ -e go ]; do sleep 0.05; done; echo last; exit 3"
    )
    words = [sys.executable, "-m", "maia_hub.cli", "hpc", "logs", "--follow", token]
    with subprocess.Popen(
        words,
        env={**os.environ, "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as followed:
        assert followed.stdout is not None
        assert followed.stderr is not None
        assert followed.stdout.readline() == "first\n"
        begun = next(line for line in followed.stderr if "RUNNING" in line or "FAILED" in line)
        (tmp_path / "maia-jobs" / token / "go").touch()
        out, said = followed.communicate(timeout=60)
    assert (out, followed.returncode) == ("last\n", 0)
    assert "RUNNING" in begun
    assert "FAILED" in said
    assert "the end of its log says which" in said


def test_a_preview_submits_nothing_and_a_broken_system_is_named_by_line(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    folder = tmp_path / ".maia" / "systems"
    folder.mkdir(parents=True)
    (folder / "alvis.yaml").write_text("preset: alvis\nuser: ada\n")
    (folder / "bad.yaml").write_text("control: {host: a}\npol: 3s\n")
    asked = ["submit", "-s", "alvis", "--preview", "--gpus", "2", "-A", "N1"]
    assert "--gpus-per-node=A40:2" in terminal.hpc(*asked, "--gpu-type", "A40", "--", "true")
    assert "T4, V100, A40" in terminal.hpc(*asked, "--", "true", status=1)
    assert json.loads(terminal.hpc("ls", "--json")) == []
    assert "line 2: pol" in terminal.hpc("submit", "-s", "bad", "--preview", "--", "true", status=1)


async def stop() -> None:
    client = BrokerClient()
    await client.stop()
    await client.close()


@pytest.fixture
def slurm(at_home: Home, site: Site) -> Iterator[Terminal]:
    home_folder().mkdir(parents=True)
    (home_folder() / "login.yaml").write_text("control: {host: login}\npoll: 1s\n")
    yield Terminal(at_home.folder)
    asyncio.run(stop())
    site.slurm.run("scancel", f"--user={site.account.name}")


def test_a_job_on_slurm_over_ssh_is_submitted_listed_read_fetched_and_checked(
    slurm: Terminal, tmp_path: Path
) -> None:
    command = ["bash", "-c", 'echo "$1"; echo result > out.txt', "x", "it's $(here)"]
    token = slurm.submit("-s", "login", "--memory", "10M", "--gpus", "1", "--", *command)
    eventually(lambda: slurm.job(token)["state"] == "COMPLETED", "a finished job")
    assert slurm.hpc("logs", token) == "it's $(here)\n"
    slurm.hpc("fetch", token, "out.txt", "--to", str(tmp_path / "results"))
    assert (tmp_path / "results" / "out.txt").read_text() == "result\n"
    checked = {each["what"]: each for each in json.loads(slurm.hpc("check", "login", "--json"))}
    assert all(each["good"] for each in checked.values())
    assert not checked["JSON"]["said"].startswith("honours")  # this version's does not
    assert "off" in checked["accounting"]["said"]
    assert "gpu:fake:2" in checked["GPUs"]["said"]
    assert "127.0.0.1" in checked["address"]["said"]


def test_the_code_of_a_job_that_is_over_is_cleaned_after_a_look_at_what_would_go(
    slurm: Terminal, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "main.sh").write_text("echo made > out.txt\n")
    token = slurm.submit("-s", "login", "--memory", "10M", "--project", str(project), "--", "bash", "main.sh")
    eventually(lambda: slurm.job(token)["state"] == "COMPLETED", "a finished job")
    assert "Gone: 0 files of the code of 0 jobs" in slurm.hpc("clean", "login")

    def cleaned(*words: str) -> tuple[int, int]:
        done = json.loads(slurm.hpc("clean", "login", "--older", "1s", "--json", *words))
        return done["jobs"], done["files"]

    eventually(lambda: cleaned("--preview") == (1, 1), "that it is over for a second")
    assert cleaned() == (1, 1)
    assert cleaned() == (0, 0)
    slurm.hpc("fetch", token, "out.txt", "--to", str(tmp_path / "results"))
    assert (tmp_path / "results" / "code" / "out.txt").read_text() == "made\n"
