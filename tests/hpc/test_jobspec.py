"""A job's description comes back from the list of jobs as it was written there."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.jobspec import JobSpec, job_spec
from maia_hub.hpc.submitting import describe
from maia_hub.hpc.systemfiles import LOCAL
from maia_hub.hpc.verbs import Verbs
from tests.hpc.people import Home


@pytest.mark.parametrize("time", ["90s", "10m", "2h", "1d 12h", "1.5h", "400 days", "0.5s"])
def test_a_time_limit_is_read_back_as_it_was_written(time: str) -> None:
    spec = job_spec(name="x", command=["true"], time=time, signal={"before": time})
    assert JobSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize("time", ["PT10M", timedelta(minutes=10)])
def test_a_time_limit_may_be_given_as_programs_write_it(time: str | timedelta) -> None:
    assert job_spec(name="x", command=["true"], time=time).time == timedelta(minutes=10)


@pytest.mark.parametrize("time", ["10", "P", "PT", "-PT10M", "PT0S", "next week"])
def test_what_is_no_length_is_refused(time: str) -> None:
    with pytest.raises(InvalidInput, match="time"):
        job_spec(name="x", command=["true"], time=time)


def test_a_remembered_job_with_a_time_limit_is_submitted_again_with_it(home: Home, jobs: Jobs) -> None:
    spec = job_spec(name="x", command=["sleep", "60"], time="0.5s")
    jobs.add(describe(spec, LOCAL))

    async def again() -> str:
        verbs = Verbs(jobs=jobs)
        sent = await verbs.again(jobs.all()[0].token)
        while (found := jobs.get(sent.token)).state in {"PENDING", "RUNNING"}:
            await verbs.refresh(LOCAL)
            await asyncio.sleep(0.05)
        return found.state

    assert asyncio.run(asyncio.wait_for(again(), 60)) == "TIMEOUT"
