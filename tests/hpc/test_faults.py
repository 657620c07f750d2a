"""What goes wrong at a submission on a real Slurm: two at once, slow, full, restarted, somebody else's account."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from maia_hub.hpc import submitting
from maia_hub.hpc.jobs import Job, Jobs
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.submitting import SubmitRefused, find, submit
from maia_hub.hpc.systemfiles import home_folder
from maia_hub.hpc.transport import NoSpace
from maia_hub.hpc.watching import Watch
from tests.hpc.cluster import CLUSTER, OnCluster, job, until_over
from tests.hpc.people import Home
from tests.hpc.test_command import stop
from tests.hpc.transfer.folders import contents, fill
from tests.slurm.place import AS_ROOT
from tests.slurm.site import Site


@pytest.fixture
def cluster(site: Site) -> Iterator[OnCluster]:
    yield OnCluster(site)
    site.slurm.run("scancel", f"--user={site.account.name}")


def queued(site: Site, ending: str) -> list[str]:
    """Return the jobs that Slurm knows whose names end so."""
    names = site.slurm.run("squeue", "-h", "-t", "all", "-o", "%j").splitlines()
    return [each for each in names if each.endswith(ending)]


def test_two_processes_that_submit_one_project_at_once_have_a_job_each_and_one_whole_folder(
    site: Site, at_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIA_HPC_RUN", str(tmp_path / "run"))
    home_folder().mkdir(parents=True)
    (home_folder() / "login.yaml").write_text("control: {host: login}\n")
    here = fill(tmp_path / "project", large=0)
    words = [
        "hpc",
        "submit",
        "-s",
        "login",
        "--json",
        "--memory",
        "10M",
        "--project",
        str(here),
        "--",
        "true",
    ]
    try:
        both = [
            subprocess.Popen(
                [sys.executable, "-m", "maia_hub.cli", *words],
                env={**os.environ, "HOME": str(at_home.folder)},
                stdout=subprocess.PIPE,
            )
            for _ in range(2)
        ]
        told = [json.loads(each.communicate(timeout=120)[0]) for each in both]
    finally:
        asyncio.run(stop())
    assert len({each["job_id"] for each in told}) == 2
    for each in told:
        assert len(queued(site, each["token"])) == 1
    name = Jobs().folder_name(here)
    assert contents(site.account.home / "maia-jobs" / "projects" / name) == contents(here)


def test_one_job_that_two_submit_at_once_is_one_job(site: Site, cluster: OnCluster, jobs: Jobs) -> None:
    sent = job("sleep", "600")
    ends: list[object] = []

    def go() -> None:
        try:
            ends.append(asyncio.run(submit(sent, OnCluster(site), jobs)).job_id)
        except submitting.Unsure as unsure:
            ends.append(unsure.code)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(queued(site, sent.token)) == 1
    found = asyncio.run(find(jobs.get(sent.token), cluster, jobs))
    assert set(ends) <= {found.job_id, "unsure"}


@contextmanager
def slow(site: Site, seconds: float) -> Iterator[None]:
    """Let sbatch take its time for whoever logs in."""
    programs, profile = site.account.home / "slow", site.account.home / ".bash_profile"
    programs.mkdir(exist_ok=True)
    (programs / "sbatch").write_text(f'#!/bin/sh\nsleep {seconds}\nexec /usr/bin/sbatch "$@"\n')
    (programs / "sbatch").chmod(0o755)
    profile.write_text('PATH="$HOME/slow:$PATH"\n')
    try:
        yield
    finally:
        profile.unlink()


def test_a_slow_scheduler_is_waited_for_and_holds_up_nobody(site: Site, at_home: Home, jobs: Jobs) -> None:
    async def go() -> tuple[Job, bool]:
        link = Link(Target(host="login"))
        try:
            submitting_ = asyncio.create_task(submit(job("true"), link, jobs))
            await asyncio.sleep(0)
            await link.run(["true"])
            was_first = not submitting_.done()
            return await submitting_, was_first
        finally:
            await link.close()

    with slow(site, 5):
        taken, was_first = asyncio.run(go())
    assert was_first
    assert len(queued(site, taken.token)) == 1


@pytest.mark.soak
def test_a_scheduler_that_takes_forty_seconds_takes_the_job_once(
    site: Site, at_home: Home, jobs: Jobs
) -> None:
    async def go() -> Job:
        link = Link(Target(host="login"))
        try:
            return await submit(job("true"), link, jobs)
        finally:
            await link.close()

    with slow(site, 40):
        taken = asyncio.run(go())
    assert len(queued(site, taken.token)) == 1


@contextmanager
def disk(site: Site, folder: str, options: str) -> Iterator[Path]:
    """Put a small disk in the place of a folder."""
    place = site.account.home / folder
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"{options},mode=777", "maia", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


@pytest.mark.skipif(not AS_ROOT, reason="only root can make a small disk")
@pytest.mark.parametrize("options", ["size=16k", "size=1m,nr_inodes=16"])
def test_a_full_disk_at_the_submission_is_told_and_there_is_no_job_until_there_is_room(
    site: Site, cluster: OnCluster, jobs: Jobs, options: str
) -> None:
    with disk(site, "small", options) as small:
        sent = replace(job("true"), folder="small/run")
        (small / "run").mkdir()
        (small / "run").chmod(0o777)
        fills = small / "fills"
        with suppressed(), fills.open("wb") as file:
            file.write(bytes(1 << 20))
        for number in range(16):
            with suppressed():
                (small / f"f{number}").touch()
        with pytest.raises(NoSpace, match="full"):
            asyncio.run(submit(sent, cluster, jobs))
        assert not queued(site, sent.token)
        for each in small.glob("f*"):
            each.unlink()
        taken = asyncio.run(submit(sent, cluster, jobs))
        assert len(queued(site, sent.token)) == 1
        until_over(Watch(CLUSTER, cluster, jobs), jobs, taken.token)


@contextmanager
def suppressed() -> Iterator[None]:
    """Go on when the disk is full."""
    try:
        yield
    except OSError:
        return


def test_a_controller_that_restarts_while_jobs_are_watched_and_submitted_loses_none(
    site: Site, cluster: OnCluster, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "SETTLED", 0)
    watched = [job("sleep", "600") for _ in range(3)]
    for each in watched:
        asyncio.run(submit(each, cluster, jobs))
    sent, stopped = job("sleep", "600"), threading.Event()
    troubles: list[str] = []

    def watch() -> None:
        own = Watch(CLUSTER, OnCluster(site), jobs)
        while not stopped.is_set():
            troubles.append(asyncio.run(own.ask()).trouble)

    def send() -> None:
        while jobs_of(jobs, sent.token) is None:
            try:
                asyncio.run(submit(sent, OnCluster(site), jobs))
            except submitting.Unsure:
                continue

    threads = [threading.Thread(target=act) for act in (watch, send)]
    for thread in threads:
        thread.start()
    try:
        site.slurm.restart_controller()
        threads[1].join(180)
    finally:
        stopped.set()
        threads[0].join(180)
    assert not threads[1].is_alive()
    for each in (*watched, sent):
        assert len(queued(site, each.token)) == 1
        assert jobs.get(each.token).state in {"PENDING", "RUNNING"}
    assert "" in troubles


def jobs_of(jobs: Jobs, token: str) -> str | None:
    """Return the id of a job that may not be known yet."""
    return next((each.job_id for each in jobs.all() if each.token == token), None)


def test_clocks_that_differ_neither_lose_nor_double_a_job(
    site: Site, cluster: OnCluster, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.cut = "maia-submit"
    sent = job("sleep", "600")
    with pytest.raises(submitting.Unsure):
        asyncio.run(submit(sent, cluster, jobs))
    (site.account.home / sent.folder / "id").unlink()
    monkeypatch.setattr("time.time", lambda: 4e9)  # here it is the year 2096
    os.utime(site.account.home / sent.folder / "intent.1", (9e9, 9e9))  # and of its files one is of 2255
    found = asyncio.run(submit(sent, cluster, jobs))
    assert len(queued(site, sent.token)) == 1
    assert found.job_id is not None
    lost = job("true")
    asyncio.run(submit(replace(lost), cluster, jobs))
    told = until_over(
        Watch(CLUSTER, cluster, jobs), jobs, sent.token, states=frozenset({"RUNNING", "PENDING"})
    )
    assert told.job_id == found.job_id


def test_an_account_that_is_not_ones_own_is_refused_and_the_right_one_taken(
    counted_site: Site, jobs: Jobs
) -> None:
    cluster = OnCluster(counted_site)
    with pytest.raises(SubmitRefused, match="Invalid account"):
        asyncio.run(submit(job("true", account="theirs"), cluster, jobs))
    taken = asyncio.run(submit(job("true", account="lab"), cluster, jobs))
    assert taken.job_id is not None
