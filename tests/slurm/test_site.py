"""The Slurm system of the tests is a real one, and leaves nothing behind."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.platform import eventually
from tests.slurm import place
from tests.slurm.proxy import between
from tests.slurm.site import Site, running


def ssh(site: Site, command: str, *, port: int | None = None) -> str:
    """Run a shell command on the login node as somebody with a terminal does."""
    account = site.account
    options = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-q"]
    where = ["-i", str(account.key), "-p", str(port or site.sshd.port), f"{account.name}@127.0.0.1"]
    done = subprocess.run(["ssh", *options, *where, command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(site: Site, job: str) -> str:
    """Return what squeue says of a job, and nothing of one that it has forgotten."""
    return ssh(site, f"squeue --noheader -t all -o %T -j {job} 2>/dev/null || true").strip()


def test_a_job_gets_a_simulated_gpu_and_runs_as_the_user(site: Site) -> None:
    said = ssh(site, "sbatch --parsable --mem=10 --gres=gpu:1 --wrap 'id -un; echo $CUDA_VISIBLE_DEVICES'")
    job = said.strip()
    assert eventually(lambda: state(site, job) == "COMPLETED", "a finished job")
    who, gpus = ssh(site, f"cat slurm-{job}.out").splitlines()
    assert who == site.account.name
    assert gpus in ("0", "1")


def test_a_controller_that_was_away_knows_its_jobs(site: Site) -> None:
    job = ssh(site, "sbatch --parsable --mem=10 --hold --wrap true").strip()
    eventually(lambda: state(site, job) == "PENDING", "a job that waits")
    site.slurm.stop_controller(signal.SIGTERM)
    site.slurm.start_controller()
    assert state(site, job) == "PENDING"
    ssh(site, f"scancel {job}")


def test_accounting_remembers(counted_site: Site) -> None:
    job = ssh(counted_site, "sbatch --parsable --mem=10 --wrap 'exit 3'").strip()
    assert eventually(
        lambda: "FAILED" in ssh(counted_site, f"sacct -n -X -j {job} -o State"), "a counted job"
    )


def test_a_proxy_delays_and_cuts(site: Site) -> None:
    with between(site.sshd.port, delay=0.1) as proxy:
        before = time.monotonic()
        assert ssh(site, "echo here", port=proxy.port) == "here\n"
        assert time.monotonic() - before > 0.6  # several round trips of 0.2 s
        proxy.cut_after(4000)
        with pytest.raises(AssertionError):
            ssh(site, "head -c 1000000 /dev/zero", port=proxy.port)
        assert ssh(site, "echo again", port=proxy.port) == "again\n"


@pytest.mark.skipif(not place.AS_ROOT, reason="who is not root has one account: the own")
def test_nothing_is_left_of_it() -> None:
    with running() as site:
        ssh(site, "sbatch --mem=10 --wrap 'sleep 600'")
        eventually(lambda: "slurmstepd" in _processes(site.folder), "a running job")
        account, folder = site.account, site.folder
    assert not folder.exists()
    assert eventually(lambda: not _processes(folder), "the end of all its processes")
    with pytest.raises(KeyError):
        pwd.getpwnam(account.name)


@pytest.mark.skipif(not place.AS_ROOT, reason="who is not root has one account: the own")
def test_what_a_killed_process_left_is_removed_by_the_next() -> None:
    child = os.fork()
    if child == 0:  # makes a place and dies
        left = place.Place()
        left.account("left")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert any("-left" in each.pw_name for each in pwd.getpwall())
    place.Place().remove()
    assert not any("-left" in each.pw_name for each in pwd.getpwall())


def _processes(folder: Path) -> set[str]:
    found = set()
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(f"{folder}/") and process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.name())
        except psutil.Error:
            continue
    return found
