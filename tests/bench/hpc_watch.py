"""What watching 2,000 jobs costs: processor time of one question with its answer, by the interval between them.

``value`` is percent of one core with the interval that a system has unless its file says another.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from maia_hub.client.times import parse_duration
from maia_hub.hpc.jobs import Jobs, new_token
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.submitting import describe
from maia_hub.hpc.systems import Endpoint, System
from maia_hub.hpc.transport import Completed
from maia_hub.hpc.watching import Watch

JOBS, ROUNDS = 2_000, 10
SYSTEM = System(name="bench", control=Endpoint(host="bench"))


class Queue(LocalTransport):
    """Answers as squeue would with all of these jobs; a twentieth of them change with each question."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

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
        states = ("PENDING|Priority|N/A", "RUNNING|None|2026-11-22T01:00:00")
        lines = (
            f"{number}|{number}|{states[number <= JOBS // 20 * self.asked]}|n-{number}"
            for number in range(1, JOBS + 1)
        )
        return Completed(0, "\n".join(lines).encode(), b"")


def main() -> None:
    """Measure, and print one line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = Jobs(Path(folder) / "jobs.sqlite")
        sent = describe(job_spec(name="n", command=["true"]), SYSTEM)
        for number in range(1, JOBS + 1):
            jobs.add(replace(sent, token=new_token(), job_id=str(number), state="PENDING"))
        queue = Queue()
        watch = Watch(SYSTEM, queue, jobs)
        began = time.process_time()
        for _ in range(ROUNDS):
            told = asyncio.run(watch.ask())
            assert len(told.changed) >= JOBS // 20
        each = (time.process_time() - began) / ROUNDS
    interval = parse_duration(SYSTEM.poll).total_seconds()
    measured = {
        "bench": "hpc_watch",
        "value": round(100 * each / interval, 3),
        "unit": "percent of a core",
        "jobs": JOBS,
        "cpu_ms_per_question": round(1000 * each, 1),
        "questions_per_round": queue.asked / ROUNDS,
        "interval_s": interval,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
