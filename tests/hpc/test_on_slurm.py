"""Against a real Slurm: no job lost, none doubled, and each told for what has become of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from maia_hub.hpc import slurm, submitting
from maia_hub.hpc.advice import advice
from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.submitting import SubmitRefused, Unsure, find, submit
from maia_hub.hpc.watching import OVER, Watch, cancel
from tests.hpc.cluster import CLUSTER, OnCluster, job, until_over
from tests.slurm.configuration import CPUS
from tests.slurm.site import Site


@pytest.fixture
def cluster(site: Site) -> Iterator[OnCluster]:
    yield OnCluster(site)
    site.slurm.run("scancel", f"--user={site.account.name}")


def known(site: Site, token: str) -> list[str]:
    """Return the ids that Slurm has for a token."""
    lines = site.slurm.run("squeue", "-h", "-t", "all", "-o", "%F|%j").splitlines()
    return [line.split("|")[0] for line in lines if line.endswith(token)]


def test_a_job_runs_and_is_known_when_slurm_has_forgotten_it(
    site: Site, cluster: OnCluster, jobs: Jobs
) -> None:
    good, bad, late = job("bash", "-c", "echo $MAIA_TOKEN"), job("bash", "-c", "exit 3"), job("sleep", "600")
    for each in (good, bad, late):
        asyncio.run(submit(each, cluster, jobs))
    deadline = time.monotonic() + 120
    while known(site, good.token) or known(site, bad.token):  # MinJobAge is ten seconds
        assert time.monotonic() < deadline
        time.sleep(0.2)
    watch = Watch(CLUSTER, cluster, jobs)
    assert until_over(watch, jobs, good.token).state == "COMPLETED"
    failed = jobs.get(bad.token)
    assert (failed.state, failed.exit_code) == ("FAILED", "3:0")
    site.slurm.run("scontrol", "update", f"JobId={jobs.get(late.token).job_id}", "TimeLimit=0")
    over = until_over(watch, jobs, late.token)
    assert over.state == "TIMEOUT"
    assert "ask for more" in advice(over)
    log = site.account.home / good.folder / f"slurm-{jobs.get(good.token).job_id}.out"
    assert log.read_text() == f"{good.token}\n"


def test_a_connection_cut_after_sbatch_accepted_neither_loses_nor_doubles(
    site: Site, cluster: OnCluster, jobs: Jobs
) -> None:
    sent = job("sleep", "600")
    cluster.cut = "maia-submit"
    with pytest.raises(Unsure):
        asyncio.run(submit(sent, cluster, jobs))
    (site.account.home / sent.folder / "id").unlink()  # as if the helper had died just then
    found = asyncio.run(submit(sent, cluster, jobs))
    assert [found.job_id] == known(site, sent.token)


def test_a_controller_that_is_away_leaves_it_open_and_nothing_is_sent_again(
    site: Site, cluster: OnCluster, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "SETTLED", 0)
    runs = asyncio.run(submit(job("sleep", "600"), cluster, jobs))
    sent = job("true", dependency=[f"afterany:{runs.job_id}"])
    cluster.cut = "maia-submit"
    with pytest.raises(Unsure):
        asyncio.run(submit(sent, cluster, jobs))
    (site.account.home / sent.folder / "id").unlink()
    site.slurm.stop_controller()  # kindly: what it accepted a moment before a crash it may forget itself
    try:
        assert asyncio.run(find(sent, cluster, jobs)).state == "UNKNOWN"
        with pytest.raises(Unsure):
            asyncio.run(submit(sent, cluster, jobs))
        watch = Watch(CLUSTER, cluster, jobs)
        assert "squeue" in asyncio.run(watch.ask()).trouble
        assert jobs.get(runs.token).state == "PENDING"
        assert jobs.get(sent.token).state == "UNKNOWN"
    finally:
        site.slurm.start_controller()
    found = until_over(watch, jobs, sent.token, states=frozenset({"PENDING"}))
    assert [found.job_id] == known(site, sent.token)


def test_what_slurm_refuses_is_a_refusal_and_no_job(site: Site, cluster: OnCluster, jobs: Jobs) -> None:
    sent = job("true", partition="nowhere")
    with pytest.raises(SubmitRefused, match="invalid partition"):
        asyncio.run(submit(sent, cluster, jobs))
    assert jobs.get(sent.token).state == "REFUSED"
    assert not known(site, sent.token)


def test_one_question_tells_of_all_jobs_and_each_end_is_told_apart(
    site: Site, cluster: OnCluster, jobs: Jobs
) -> None:
    async def send() -> None:
        for each in (runs, never, array, stopped):
            await submit(each, cluster, jobs)

    runs, stopped = job("sleep", "600"), job("sleep", "600")
    array = job("bash", "-c", "exit $((SLURM_ARRAY_TASK_ID / 2))", array="0-2")
    failed = job("false")
    asyncio.run(submit(failed, cluster, jobs))
    number = str(jobs.get(failed.token).job_id)
    never = job("true", options={"kill-on-invalid-dep": "no"}, dependency=[f"afterok:{number}"])
    asyncio.run(send())
    asyncio.run(cancel(jobs.get(stopped.token), CLUSTER, cluster))
    watch = Watch(CLUSTER, cluster, jobs)
    assert until_over(watch, jobs, array.token).state == "FAILED"
    assert jobs.get(array.token).reason == "1 failed, 2 completed (NonZeroExitCode)"
    assert jobs.get(array.token).exit_code == "1:0"
    assert until_over(watch, jobs, failed.token).exit_code == "1:0"
    assert until_over(watch, jobs, stopped.token).state == "CANCELLED"
    cluster.asked.clear()
    asyncio.run(watch.ask())
    assert cluster.asked == [slurm.STATUS]
    assert jobs.get(runs.token).state == "RUNNING"
    pending = frozenset({"PENDING"})
    stuck = until_over(watch, jobs, never.token, states=pending, reason="DependencyNeverSatisfied")
    assert "Cancel it" in advice(stuck)


def test_accounting_is_asked_about_what_the_queue_has_forgotten(counted_site: Site, jobs: Jobs) -> None:
    cluster = OnCluster(counted_site)
    sent = job("bash", "-c", "kill -9 $PPID")
    asyncio.run(submit(sent, cluster, jobs))
    deadline = time.monotonic() + 120
    while known(counted_site, sent.token):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    found = until_over(Watch(CLUSTER, cluster, jobs), jobs, sent.token)
    assert (found.state, found.exit_code) == ("FAILED", "0:9")


def test_a_job_that_gives_way_waits_again_and_ends_well_later(
    site: Site, cluster: OnCluster, jobs: Jobs
) -> None:
    """By the partitions' tiers: what runs in the spare one is requeued when the other needs the node."""
    weak = job("bash", "-c", '[ -n "$SLURM_RESTART_COUNT" ] || sleep 600', partition="spare", cpus=CPUS)
    strong = job("sleep", "600", partition="main", cpus=CPUS)
    watch = Watch(CLUSTER, cluster, jobs)
    asyncio.run(submit(weak, cluster, jobs))
    until_over(watch, jobs, weak.token, states=frozenset({"RUNNING"}))
    asyncio.run(submit(strong, cluster, jobs))
    back = until_over(watch, jobs, weak.token, states=frozenset({"PENDING"}) | OVER)
    assert (back.state, back.job_id) == ("PENDING", jobs.get(weak.token).job_id)
    until_over(watch, jobs, strong.token, states=frozenset({"RUNNING"}))
    asyncio.run(cancel(jobs.get(strong.token), CLUSTER, cluster))
    assert until_over(watch, jobs, weak.token).state == "COMPLETED"


def test_a_job_that_may_not_be_put_back_is_over_when_it_gives_way(
    site: Site, cluster: OnCluster, jobs: Jobs
) -> None:
    weak = job("sleep", "600", partition="spare", cpus=CPUS, options={"no-requeue": None})
    watch = Watch(CLUSTER, cluster, jobs)
    asyncio.run(submit(weak, cluster, jobs))
    until_over(watch, jobs, weak.token, states=frozenset({"RUNNING"}))
    asyncio.run(submit(job("sleep", "600", partition="main", cpus=CPUS), cluster, jobs))
    over = until_over(watch, jobs, weak.token)
    assert over.state == "PREEMPTED"
    assert "submit it again" in advice(over)
