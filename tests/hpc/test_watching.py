"""What Slurm answers, read; who asks when; plain processes as jobs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.hpc import localruns, slurm
from maia_hub.hpc.advice import STATES, advice
from maia_hub.hpc.jobs import Job, Jobs
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.submitting import describe, submit
from maia_hub.hpc.systemfiles import LOCAL
from maia_hub.hpc.transport import Completed
from maia_hub.hpc.watching import OVER, Watch, cancel
from tests.hpc import hostile
from tests.hpc.cluster import CLUSTER, until_over


@given(name=hostile.line)
def test_a_name_with_separators_changes_no_other_field(name: str) -> None:
    text = f"41|41_2|RUNNING|None|2026-11-22T01:00:00|{name}\n42|42_[3-5,9%2]|PENDING|Priority|N/A|{name}\nrest\n"
    one, two = slurm.status_lines(text)[:2]
    assert (one.job_id, one.state, one.start) == ("41", "RUNNING", "2026-11-22T01:00:00+00:00")
    assert (two.task_id, two.reason, two.start) == ("42_[3-5,9%2]", "Priority", "")
    assert slurm.queue_names(f"41|{name}")[0].name == name


@given(text=st.text())
def test_no_answer_breaks_the_reading(text: str) -> None:
    slurm.status_lines(text)
    slurm.past_lines(text)
    slurm.queue_names(text)
    slurm.past_names(text)


def test_an_array_is_told_as_one_job() -> None:
    lines = slurm.past_lines("7_0|COMPLETED|0:0|None|Unknown|x\n7_1|CANCELLED by 1000|0:15|None|Unknown|x\n")
    over = slurm.of_whole(lines)
    assert (over.state, over.reason, over.exit_code) == ("CANCELLED", "1 cancelled, 1 completed", "0:15")
    waiting = slurm.status_lines("7|7_[2-9:2%4]|PENDING|JobArrayTaskLimit|N/A|x\n7|7_0|RUNNING|None|N/A|x\n")
    assert slurm.of_whole(waiting).reason == "1 running, 4 pending (JobArrayTaskLimit)"


def test_every_end_but_the_good_one_comes_with_what_to_do() -> None:
    assert set(STATES) >= slurm.FINAL - {"COMPLETED"}
    assert set(STATES) >= OVER - {"COMPLETED"}


def test_of_several_processes_one_asks_in_an_interval(tmp_path: Path) -> None:
    one, two = Jobs(tmp_path / "jobs"), Jobs(tmp_path / "jobs")
    assert one.may_ask("a", now=100.0, interval=30)
    assert not two.may_ask("a", now=129.0, interval=30)
    assert two.may_ask("b", now=129.0, interval=30)
    assert two.may_ask("a", now=130.0, interval=30)
    assert one.may_ask("a", now=50.0, interval=30)


class Counting(LocalTransport):
    """Counts what is asked."""

    asked = 0

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = 60,
    ) -> Completed:
        self.asked += 1
        return await super().run(argv, stdin=stdin, env=env, cwd=cwd, timeout=timeout)


def sent(jobs: Jobs, home: Path, *command: str, limit: int = 0) -> Job:
    job = describe(job_spec(name="x", command=command), LOCAL)
    return asyncio.run(submit(job, LocalTransport(home), jobs, start=localruns.start(limit)))


def test_plain_processes_run_end_fail_time_out_and_are_cancelled(tmp_path: Path, jobs: Jobs) -> None:
    watch = Watch(LOCAL, LocalTransport(tmp_path), jobs)
    good = sent(jobs, tmp_path, "bash", "-c", "echo out; echo err >&2")
    bad = sent(jobs, tmp_path, "bash", "-c", "exit 7")
    late = sent(jobs, tmp_path, "sleep", "60", limit=1)
    stopped = sent(jobs, tmp_path, "bash", "-c", "trap '' TERM; touch ready; while :; do sleep 0.1; done")
    killed = sent(jobs, tmp_path, "sleep", "60")
    until_over(watch, jobs, stopped.token, states=frozenset({"RUNNING"}))
    while not (tmp_path / stopped.folder / "ready").exists():
        os.sched_yield()
    asyncio.run(cancel(jobs.get(stopped.token), LOCAL, LocalTransport(tmp_path)))
    os.killpg(int(str(killed.job_id)), 9)
    ends = {each.token: until_over(watch, jobs, each.token) for each in (good, bad, late, stopped, killed)}
    states = [ends[each.token].state for each in (good, bad, late, stopped, killed)]
    assert states == ["COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL"]
    assert ends[bad.token].exit_code == "7:0"
    assert advice(ends[late.token])
    log = tmp_path / good.folder / f"slurm-{good.job_id}.out"
    assert log.read_text() == "out\nerr\n"


def test_a_job_that_lost_its_node_is_over_when_slurm_has_not_put_it_back(tmp_path: Path, jobs: Jobs) -> None:
    """The answers are recorded ones: of the real Slurm this moment is too short to be met."""
    (tmp_path / "squeue").write_text("#!/bin/sh\ncat ../said || exit 1\n")
    (tmp_path / "squeue").chmod(0o755)
    (tmp_path / "home").mkdir()
    job = replace(describe(job_spec(name="x", command=["true"]), CLUSTER), job_id="1", state="RUNNING")
    jobs.add(job)
    there = LocalTransport(tmp_path / "home", env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    watch = Watch(CLUSTER, there, jobs)
    states = []
    for state in ("NODE_FAIL", "PENDING", "RUNNING", "NODE_FAIL", "NODE_FAIL"):
        (tmp_path / "said").write_text(f"1|1|{state}|None|N/A|x\n")
        asyncio.run(watch.ask())
        states.append(jobs.get(job.token).state)
    assert states == ["RUNNING", "PENDING", "RUNNING", "RUNNING", "NODE_FAIL"]


def test_the_run_folder_tells_the_exit_status_that_squeue_does_not(tmp_path: Path, jobs: Jobs) -> None:
    (tmp_path / "squeue").write_text("#!/bin/sh\ncat ../said\n")
    (tmp_path / "squeue").chmod(0o755)
    sent = [describe(job_spec(name="x", command=["true"]), CLUSTER) for _ in range(4)]
    good, bad, array, killed = [
        replace(each, job_id=str(at), state="RUNNING", folder=f"run folder/{at} 'x'")
        for at, each in enumerate(sent)
    ]
    wrote = {"ended.0": "0", "ended.1": "3", "ended.1.part": "9", "ended.2_1": "0", "ended.2_2": "64"}
    for each in (good, bad, array, killed):
        jobs.add(each)
        folder = tmp_path / "home" / each.folder
        folder.mkdir(parents=True)
        for name, status in wrote.items():
            if name[6] == each.job_id:
                (folder / name).write_text(f"{status}\n")
    states = ("COMPLETED", "FAILED", "FAILED", "OUT_OF_MEMORY")
    (tmp_path / "said").write_text("".join(f"{at}|{at}|{s}|None|N/A|x\n" for at, s in enumerate(states)))
    there = LocalTransport(tmp_path / "home", env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    asyncio.run(Watch(CLUSTER, there, jobs).ask())
    codes = [jobs.get(each.token).exit_code for each in (good, bad, array, killed)]
    assert codes == ["0:0", "3:0", "64:0", ""]


def test_nothing_open_asks_nothing_and_quiet_asks_less(tmp_path: Path, jobs: Jobs) -> None:
    connection = Counting(tmp_path)
    watch = Watch(LOCAL, connection, jobs)
    assert asyncio.run(watch.turn()).changed == ()
    assert not connection.asked
    job = replace(describe(job_spec(name="x", command=["true"]), LOCAL), job_id="1", state="RUNNING")
    jobs.add(job)
    watch = Watch(LOCAL, LocalTransport(tmp_path), jobs)
    first = watch.pause
    asyncio.run(watch.ask())
    assert jobs.get(job.token).state == "GONE"
    watch._quiet = 100
    assert watch.pause == 10 * first
