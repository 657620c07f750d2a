"""A job is followed to its end: each part of its log once, each change once, whatever the connection does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from maia_hub.hpc import localruns, slurm
from maia_hub.hpc.following import Became, Event, Follow, Log, Trouble, Wrote, percent
from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.submitting import describe, submit
from maia_hub.hpc.systemfiles import LOCAL
from maia_hub.hpc.transport import Completed, ConnectionLost
from tests.hpc.cluster import CLUSTER, OnCluster, job
from tests.slurm.site import Site

OFTEN = LOCAL.model_copy(update={"poll": "1s"})


class Flaky(LocalTransport):
    """A connection that is away for the first questions."""

    def __init__(self, home: Path, away: int = 0) -> None:
        super().__init__(home)
        self.away = away

    async def run(self, argv: Sequence[str], **options: Any) -> Completed:
        if self.away and argv[3:4] == ["maia-ask"]:
            self.away -= 1
            raise ConnectionLost("The line is dead.", started=False)
        return await super().run(argv, **options)


def followed(home: Path, jobs: Jobs, command: str, away: int = 0) -> list[Event]:
    """Submit a job and return all that happens to it."""
    transport = Flaky(home, away)

    async def go() -> list[Event]:
        made = describe(job_spec(name="x", command=["bash", "-c", command]), OFTEN)
        sent = await submit(made, transport, jobs, start=localruns.start(0))
        return [event async for event in Follow(sent.token, OFTEN, transport, jobs).events()]

    return asyncio.run(asyncio.wait_for(go(), 60))


def test_all_that_a_job_writes_comes_once_and_in_order(tmp_path: Path, jobs: Jobs) -> None:
    events = followed(tmp_path, jobs, "for i in $(seq 5); do echo line $i ü; sleep 0.3; done; exit 3")
    text = "".join(event.text for event in events if isinstance(event, Wrote))
    assert text == "".join(f"line {i} ü\n" for i in range(1, 6))
    states = [event.job.state for event in events if isinstance(event, Became)]
    assert (states[-1], len(states)) == ("FAILED", len(set(states)))


def test_a_line_that_is_dead_for_a_while_is_told_once_and_the_job_is_followed_on(
    tmp_path: Path, jobs: Jobs
) -> None:
    events = followed(tmp_path, jobs, "sleep 2; echo done", away=2)
    assert [event.said for event in events if isinstance(event, Trouble)] == ["The line is dead.", ""]
    assert [event.job.state for event in events if isinstance(event, Became)][-1] == "COMPLETED"


def test_a_letter_that_is_cut_in_two_is_read_whole_and_a_log_begun_anew_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "slurm-1.out"
    transport = LocalTransport(tmp_path)
    log = Log("", transport)

    async def more() -> str:
        return "".join([each.text async for each in log.more(dict(await transport.list("")))])

    file.write_bytes("a ü".encode()[:-1])
    assert asyncio.run(more()) == "a "
    file.write_bytes("a ü".encode())
    assert asyncio.run(more()) == "ü"
    file.write_bytes(b"b")
    assert asyncio.run(more()) == "b"
    log = Log("", transport, last=3)
    file.write_bytes(b"0123456789")
    assert asyncio.run(more()) == "789"
    file.write_bytes(b"0123456789abcdefghi")
    assert asyncio.run(more()) == "abcdefghi"


@pytest.mark.parametrize(
    ("tail", "found"),
    [
        ("", None),
        ("epoch 1\n", None),
        (" 45%|####  | 9/20\r 50%|#####", 50),
        ("accuracy 97.5 %\n", 97),
        ("loss 250%\n10%\n", 10),
        ("250%", None),
    ],
)
def test_progress_is_the_last_percentage_in_the_log(tail: str, found: int | None) -> None:
    assert percent(tail) == found


def test_a_place_in_the_queue_is_counted_by_jobs() -> None:
    assert slurm.place("7\n7\n9\n12\n", "9") == (2, 3)
    assert slurm.place("7\n", "9") is None


def test_a_job_that_waits_on_slurm_is_told_its_place(site: Site, jobs: Jobs) -> None:
    cluster = OnCluster(site)

    async def go() -> Became:
        before = await submit(job("sleep", "600"), cluster, jobs)
        after = {"dependency": [f"afterany:{before.job_id}"]}
        _, last = [await submit(job("true", **after), cluster, jobs) for _ in range(2)]
        async for event in Follow(last.token, CLUSTER, cluster, jobs).events():
            if isinstance(event, Became) and event.place == (2, 2):  # as soon as the first one runs
                return event
        raise AssertionError

    try:
        told = asyncio.run(asyncio.wait_for(go(), 60))
        assert told.job.state == "PENDING"
    finally:
        site.slurm.run("scancel", f"--user={site.account.name}")
