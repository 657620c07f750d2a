"""A job in full, and what was used: answers of Slurm's tools read, and a real accounting asked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.hpc import showing, using
from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.showing import show
from maia_hub.hpc.submitting import submit
from maia_hub.hpc.systemfiles import LOCAL
from maia_hub.hpc.using import usage
from maia_hub.hpc.watching import Watch
from tests.hpc.cluster import CLUSTER, OnCluster, job, until_over
from tests.platform import eventually
from tests.slurm.site import Site

SACCT = """\
41|7200|1-02:03:04||billing=8,cpu=8,gres/gpu=2,mem=64G,node=1||
41.batch|7200|1-02:03:04|16777216K|cpu=8,gres/gpu=2,mem=64G,node=1|cpu=01:00:00,gres/gpuutil=37|cpu=01:00:00
41.extern|7200|00:00.001|800K|billing=8,cpu=8|||
"""


def test_what_a_job_used_of_what_it_had_is_told() -> None:
    found = showing.read(SACCT, "41")
    assert found is not None
    assert (found.elapsed, found.cpus, found.gpus) == (timedelta(hours=2), 8, 2)
    assert found.cpu_time == timedelta(days=1, hours=2, minutes=3, seconds=4)
    assert round(found.cpu_share or 0, 2) == 1.63
    assert (found.memory, found.memory_given, found.memory_share) == (16 << 30, 64 << 30, 0.25)
    assert found.gpu_share == 0.37


def test_an_array_is_told_as_one_and_what_has_not_run_not_at_all() -> None:
    lines = (
        "7_0|10|00:05.500||cpu=2,mem=1G||",
        "7_0.batch|10|00:05|5M|cpu=2|||",
        "7_1|30|00:15||cpu=2,mem=1G||",
        "8|5|00:05||cpu=9||",
    )
    found = showing.read("\n".join(lines), "7")
    assert found is not None
    assert (found.elapsed, found.cpus, found.cpu_share) == (timedelta(seconds=40), 2, 0.25)
    assert found.gpu_share is None
    assert showing.read("9|0|00:00:00||cpu=1||\n", "9") is None
    assert showing.read("", "9") is None


@given(text=st.text())
def test_no_answer_breaks_the_reading(text: str) -> None:
    showing.read(text, "1")
    showing.gpu_hours(text)
    using.reported(text)
    using.limited(text)


def test_gpu_hours_and_limits_are_added_up() -> None:
    assert showing.gpu_hours("3600|cpu=1,gres/gpu=2,mem=1G\n1800|cpu=1\n60|cpu=1,gres/gpu=60\n") == 3.0
    assert using.reported("lab||6000\nlab|ada|600\n") == {"lab": 100.0}
    limits = using.limited(
        "lab||cpu=5,gres/gpu=6000|cpu=100,gres/gpu=1500\nlab|ada||gres/gpu=7\nfree|||gres/gpu=60\n"
    )
    assert limits == {"lab": (100.0, 25.0), "free": (None, None)}
    assert using.Account("lab", 1.0, 100.0, 25.0).left == 75.0
    assert using.Account("free").left is None


def test_a_real_accounting_tells_of_a_finished_job_and_of_hours(counted_site: Site, jobs: Jobs) -> None:
    cluster = OnCluster(counted_site)
    busy = "for n in 1 2 3 4 5; do head -c 20000000 /dev/zero | sha256sum; done; sleep 1.5"
    sent = job("bash", "-c", busy, gpus=1, cpus=2)
    asyncio.run(submit(sent, cluster, jobs))
    assert until_over(Watch(CLUSTER, cluster, jobs), jobs, sent.token).state == "COMPLETED"

    def told() -> bool:
        shown = asyncio.run(show(jobs.get(sent.token), CLUSTER, cluster))
        return shown.efficiency is not None and shown.efficiency.memory is not None

    assert eventually(told, "its accounts")
    shown = asyncio.run(show(jobs.get(sent.token), CLUSTER, cluster))
    used = shown.efficiency
    assert used is not None
    assert (used.cpus, used.gpus, used.memory_given) == (2, 1, 10 << 20)
    assert used.cpu_share is not None
    assert 0 <= used.cpu_share < 2
    assert f"slurm-{jobs.get(sent.token).job_id}.out" in shown.files
    assert eventually(lambda: asyncio.run(usage(CLUSTER, cluster)).own, "its GPU-hours")
    found = asyncio.run(usage(CLUSTER, cluster))
    assert [each.name for each in found.accounts] == ["lab"]
    assert not found.trouble


def test_without_accounting_it_is_said_that_nobody_counts(site: Site, tmp_path: Path) -> None:
    found = asyncio.run(usage(CLUSTER, OnCluster(site)))
    assert (found.own, found.trouble) == (None, "Slurm keeps no accounts there.")
    assert asyncio.run(usage(LOCAL, LocalTransport(tmp_path))).trouble
