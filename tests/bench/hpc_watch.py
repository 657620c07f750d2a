"""What watching 2,000 jobs of a real Slurm costs: processor time here of one question with its answer, by the interval.

All jobs are submitted, held, and known; with each question a twentieth of them has changed. ``value`` is percent of one
core with the interval that a system has unless its file says another, ``questions_per_round`` how often Slurm is asked
for all of them; one more command reads the exit statuses in the run folders of those that ended. ``answer_s`` is how
long squeue takes there, which is not our time.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from maia_hub.client.times import parse_duration
from maia_hub.hpc import slurm
from maia_hub.hpc.jobs import Jobs, new_token
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.submitting import describe
from maia_hub.hpc.systems import Endpoint, System
from maia_hub.hpc.watching import Watch
from tests.bench.report import report
from tests.hpc.cluster import OnCluster
from tests.slurm.site import Site, running

SYSTEM = System(name="bench", control=Endpoint(host="bench"))
_SUBMIT = """
i=0
while [ "$i" -lt "$1" ]; do
  sbatch --parsable --hold --mem=1 --job-name="bench-$i" --output=/dev/null --wrap true || exit
  i=$((i + 1))
done
"""


def submitted(site: Site, count: int) -> list[str]:
    """Submit jobs that wait; return their ids."""
    return site.run_as(site.account, "sh", "-c", _SUBMIT, "submit", str(count)).split()


def remember(jobs: Jobs, numbers: list[str]) -> None:
    """Let all be known as ours."""
    one = describe(job_spec(name="n", command=["true"]), SYSTEM)
    for number in numbers:
        jobs.add(replace(one, token=new_token(), job_id=number, state="SUBMITTING"))


def rounds(site: Site, jobs: Jobs, numbers: list[str], count: int) -> Iterator[tuple[float, float, int]]:
    """Yield processor seconds here, seconds on the clock, and questions of each round."""
    cluster = OnCluster(site)
    watch = Watch(SYSTEM, cluster, jobs)
    asyncio.run(watch.ask())  # now all are known to be pending
    part = max(1, len(numbers) // 20)
    for start in range(0, count * part, part):
        ended = numbers[start : start + part]
        site.slurm.run("scancel", *ended)
        cluster.asked.clear()
        began, cpu = time.perf_counter(), time.process_time()
        told = asyncio.run(watch.ask())
        yield (
            time.process_time() - cpu,
            time.perf_counter() - began,
            sum(each in (slurm.STATUS, slurm.PAST) for each in cluster.asked),
        )
        assert not told.trouble, told.trouble
        assert len(told.changed) >= len(ended), (len(told.changed), len(ended))


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    with running(min_job_age=3600) as site, tempfile.TemporaryDirectory() as folder:
        jobs = Jobs(Path(folder) / "jobs.sqlite")
        numbers = submitted(site, given.jobs)
        remember(jobs, numbers)
        taken = list(rounds(site, jobs, numbers, given.rounds))
    interval = parse_duration(SYSTEM.poll).total_seconds()
    each = sum(cpu for cpu, _, _ in taken) / len(taken)
    report(
        "hpc_watch",
        value=100 * each / interval,
        unit="percent of a core",
        against="one percent",
        ratio=100 * each / interval,
        n=len(taken),
        jobs=given.jobs,
        cpu_ms_per_question=1000 * each,
        answer_s=sum(clock - cpu for cpu, clock, _ in taken) / len(taken),
        questions_per_round=sum(asked for _, _, asked in taken) / len(taken),
        interval_s=interval,
    )


if __name__ == "__main__":
    main()
