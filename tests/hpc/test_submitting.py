"""Submitting: once, however often it is tried, whoever tries, and whatever is cut on the way."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.hpc import helper, localruns, submitting
from maia_hub.hpc.jobs import Job, Jobs, OpenedByNewer
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.submitting import SubmitRefused, Unsure, describe, find, submit
from maia_hub.hpc.systemfiles import LOCAL
from maia_hub.hpc.transport import Completed, ConnectionLost

START = localruns.start(0)


class Cut(LocalTransport):
    """A connection that breaks at a chosen command, before it runs or when it has run."""

    def __init__(
        self, home: Path, *, at: Callable[[Sequence[str]], bool], ran: bool, programs: Path | None = None
    ) -> None:
        path = os.environ["PATH"] if programs is None else f"{programs}:{os.environ['PATH']}"
        super().__init__(home, env={**os.environ, "PATH": path})
        self.at, self.ran = at, ran

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = 60,
    ) -> Completed:
        if not self.at(argv):
            return await super().run(argv, stdin=stdin, env=env, cwd=cwd, timeout=timeout)
        self.at = lambda _: False
        if self.ran:
            await super().run(argv, stdin=stdin, env=env, cwd=cwd, timeout=timeout)
        raise ConnectionLost("The connection broke.", started=self.ran)


def job(home: Path) -> Job:
    counted = f"echo ran >> '{home}/runs'"
    return describe(job_spec(name="it's $(x), a|b", command=["bash", "-c", counted]), LOCAL)


def runs(home: Path, job_: Job) -> int:
    """Return how often the command has run, once nothing of the job runs any more."""
    deadline = threading.Event()
    folder = home / job_.folder
    for _ in range(3000):
        started = {each.name[4:] for each in folder.glob("job.[0-9]*")}
        ended = {each.name[6:] for each in folder.glob("ended.[0-9]*") if each.suffix != ".part"}
        if started and started <= ended:
            break
        deadline.wait(0.02)
    return len((home / "runs").read_text().splitlines())


def is_submit(argv: Sequence[str]) -> bool:
    return "maia-submit" in argv


@pytest.mark.parametrize("ran", [True, False])
def test_a_connection_cut_at_the_submission_loses_no_job_and_doubles_none(
    tmp_path: Path, jobs: Jobs, ran: bool
) -> None:
    async def go() -> Job:
        sent = job(tmp_path)
        connection = Cut(tmp_path, at=is_submit, ran=ran)
        with pytest.raises(Unsure if ran else ConnectionLost):
            await submit(sent, connection, jobs, start=START)
        first = await submit(sent, connection, jobs, start=START)
        assert await submit(replace(sent, state="x"), connection, jobs, start=START) == first
        return first

    done = asyncio.run(go())
    assert (done.state, jobs.get(str(done.job_id)).token) == ("PENDING", done.token)
    assert runs(tmp_path, done) == 1


SUBMITTER = """
import asyncio, sys
from pathlib import Path
from maia_hub.hpc import localruns
from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.submitting import Unsure, submit
home, token = Path(sys.argv[1]), sys.argv[2]
jobs = Jobs(home / ".maia" / "jobs.sqlite")
try:
    print(asyncio.run(submit(jobs.get(token), LocalTransport(home), jobs, start=localruns.start(0))).job_id)
except Unsure:
    print("unsure")
"""


def test_two_processes_that_submit_one_job_at_once_start_it_once(tmp_path: Path, jobs: Jobs) -> None:
    sent = job(tmp_path)
    jobs.add(sent)
    command = [sys.executable, "-c", SUBMITTER, str(tmp_path), sent.token]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {each.communicate(timeout=60)[0].strip() for each in both} - {"unsure"}
    assert said == {jobs.get(sent.token).job_id}
    assert runs(tmp_path, sent) == 1


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("squeue", "sacct", "state"),
    [
        ("exit 0", "exit 0", "NOT_SUBMITTED"),
        ("exit 0", "echo 'Slurm accounting storage is disabled' >&2; exit 1", "NOT_SUBMITTED"),
        ("echo 'Unable to contact slurm controller' >&2; exit 1", "exit 0", "UNKNOWN"),
        ("exit 0", "echo 'slurmdbd: Connection refused' >&2; exit 1", "UNKNOWN"),
        ('echo "41|a|b, c-$TOKEN"', "exit 0", "PENDING"),
        ("exit 0", 'echo "43|41_2|a|b, c-$TOKEN"', "PENDING"),
    ],
)
def test_not_found_is_final_only_when_all_have_answered(
    tmp_path: Path, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, squeue: str, sacct: str, state: str
) -> None:
    """Answers of squeue and sacct in place of theirs: a real Slurm gives each of them only by breaking."""
    monkeypatch.setattr(submitting, "SETTLED", 0)
    sent = job(tmp_path)
    jobs.add(sent)
    monkeypatch.setenv("TOKEN", sent.token)
    folder = tmp_path / sent.folder
    folder.mkdir(parents=True)
    (folder / "intent.1").touch()
    place = program(tmp_path / "bin", "squeue", squeue)
    program(place, "sacct", sacct)
    connection = Cut(tmp_path, at=lambda _: False, ran=False, programs=place)
    found = asyncio.run(find(sent, connection, jobs))
    assert found.state == state
    assert found.job_id == ("41" if state == "PENDING" else None)
    assert found.attempt == (2 if state == "NOT_SUBMITTED" else 1)


def test_who_finds_nothing_does_not_gainsay_who_has_learned_the_id_meanwhile(
    tmp_path: Path, jobs: Jobs
) -> None:
    sent = job(tmp_path)
    jobs.add(sent)

    def submitted_just_now(_: Sequence[str]) -> bool:
        jobs.note(sent.token, job_id="20", state="PENDING")
        return False

    found = asyncio.run(find(sent, Cut(tmp_path, at=submitted_just_now, ran=False), jobs))
    assert (found.job_id, found.state, found.attempt) == ("20", "PENDING", 1)


def test_an_attempt_that_may_be_on_its_way_is_waited_for(tmp_path: Path, jobs: Jobs) -> None:
    sent = job(tmp_path)
    folder = tmp_path / sent.folder
    folder.mkdir(parents=True)
    (folder / "intent.1").touch()
    place = program(tmp_path / "bin", "squeue", "exit 0")
    program(place, "sacct", "exit 0")
    with pytest.raises(Unsure, match="It may be on its way"):
        asyncio.run(
            submit(sent, Cut(tmp_path, at=lambda _: False, ran=False, programs=place), jobs, start=START)
        )


def test_a_script_that_was_cut_on_its_way_is_not_submitted(tmp_path: Path, jobs: Jobs) -> None:
    sent = job(tmp_path)
    whole = f"{sent.script}{helper.END} {sent.token}\n".encode()
    words = ["sh", "-c", helper.SUBMIT, "maia-submit", sent.folder, "1", *START]
    for length in (0, 1, len(whole) // 2, len(whole) - 2):
        done = asyncio.run(
            LocalTransport(tmp_path).run(words, stdin=whole[:length], env={"MAIA_TOKEN": sent.token})
        )
        assert (done.status, done.stdout) == (75, b"")
    assert not list((tmp_path / sent.folder).iterdir())
    assert asyncio.run(submit(sent, LocalTransport(tmp_path), jobs, start=START)).job_id
    assert runs(tmp_path, sent) == 1


def test_of_two_jobs_with_one_token_one_runs_its_command(tmp_path: Path, jobs: Jobs) -> None:
    sent = job(tmp_path)
    asyncio.run(submit(sent, LocalTransport(tmp_path), jobs, start=START))
    assert runs(tmp_path, sent) == 1
    again = subprocess.run(
        ["bash", "job.sh"],
        cwd=tmp_path / sent.folder,
        env={**os.environ, "SLURM_JOB_ID": "99999999"},
        check=False,
    )
    assert again.returncode == 75
    assert runs(tmp_path, sent) == 1


def test_a_refusal_is_told_and_the_changed_job_is_taken(tmp_path: Path, jobs: Jobs) -> None:
    sent = job(tmp_path)
    says = "echo 'sbatch: error: Batch job submission failed: Invalid qos specification' >&2; exit 1"
    with pytest.raises(SubmitRefused, match="Invalid qos"):
        asyncio.run(submit(sent, LocalTransport(tmp_path), jobs, start=("sh", "-c", says)))
    assert jobs.get(sent.token).state == "REFUSED"
    asyncio.run(submit(sent, LocalTransport(tmp_path), jobs, start=START))
    assert runs(tmp_path, sent) == 1


@pytest.mark.parametrize(
    ("status", "said", "refused"),
    [
        (
            1,
            "sbatch: error: Batch job submission failed: Invalid account or account/partition combination",
            True,
        ),
        (
            1,
            "sbatch: error: Batch job submission failed: Invalid generic resource (gres) specification",
            True,
        ),
        (1, "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", False),
        (
            1,
            "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
            False,
        ),
        (1, "sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received", False),
        (1, "sbatch: error: Invalid --time specification", True),
        (1, "", False),
        (127, "sbatch: not found", True),
        (124, "", False),
        (137, "sbatch: error: Batch job submission failed: Invalid qos", False),
    ],
)
def test_only_what_certainly_means_no_job_is_a_refusal(status: int, said: str, refused: bool) -> None:
    assert helper.is_refusal(status, said) is refused


def test_jobs_are_found_by_token_by_its_beginning_and_by_id(tmp_path: Path, jobs: Jobs) -> None:
    one, two = job(tmp_path), job(tmp_path)
    assert jobs.add(one)
    assert not jobs.add(one)
    jobs.add(replace(two, system="b", job_id="7"))
    jobs.note(one.token, job_id="7")
    assert jobs.get(one.token[:12]).token == one.token
    assert jobs.get("b:7").token == two.token
    with pytest.raises(InvalidInput, match="more than one"):
        jobs.get("7")
    with pytest.raises(NotFound):
        jobs.get("%")
    assert [each.token for each in jobs.all("b")] == [two.token]
    assert oct((tmp_path / ".maia" / "jobs.sqlite").stat().st_mode)[-3:] == "600"


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path, jobs: Jobs) -> None:
    with jobs._open() as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(OpenedByNewer):
        Jobs(tmp_path / ".maia" / "jobs.sqlite")
