"""What becomes of submitted jobs: one question per system and interval for all of them, whoever watches.

Slurm's queue is asked first, its accounting only about jobs that the queue no longer knows, the run folder about
those that both have forgotten. A controller that is away changes nothing: what was known stays, and is asked again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from maia_hub.client.times import parse_duration
from maia_hub.hpc import helper, localruns, slurm
from maia_hub.hpc.jobs import Job, Jobs
from maia_hub.hpc.submitting import NOT_SUBMITTED, REFUSED, SUBMITTING, UNKNOWN, find
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import Completed, Transport, TransportError

GONE = "GONE"
"""The queue has forgotten a job, there is no accounting, and it wrote no exit status."""
OVER = slurm.FINAL | {GONE, REFUSED, NOT_SUBMITTED}
SLOWEST = 10
"""How many times its own interval a system is left alone at most."""

MISSED = "The scheduler does not know it any more."
"""Why a job is looked for once more before it is given up: accounting may be a moment behind."""

_RETURNING = frozenset({"BOOT_FAIL", "NODE_FAIL", "PREEMPTED"})
MAY_RETURN = "Slurm may put it back into the queue."
"""Why a job that lost its node is asked about once more: a requeued one has ended for a moment, too."""

_TASK_LIMIT = 200
"""Ids in one question to sacct, or folders in one to the system."""

Note = tuple[str, dict[str, str | int | None]]
"""A job's token, and what is to be written down of it."""


@dataclass(frozen=True)
class Round:
    """What one question has told: the jobs that changed, and why there was no answer if there was none."""

    changed: tuple[Job, ...] = ()
    trouble: str = ""
    asked: bool = True


class Watch:
    """Watches the jobs of one system; ``jobs`` is shared with other processes that do the same."""

    def __init__(self, system: System, transport: Transport, jobs: Jobs) -> None:
        self.system = system
        self._transport = transport
        self._jobs = jobs
        self._interval = parse_duration(system.poll).total_seconds()
        self._quiet = 0

    def open(self) -> list[Job]:
        """Return the jobs that are not over."""
        return [job for job in self._jobs.all(self.system.name) if job.state not in OVER]

    @property
    def pause(self) -> float:
        """Return how many seconds to wait before the next question: longer while nothing changes or answers."""
        return float(self._interval * min(SLOWEST, 1.5 ** max(0, self._quiet - 2)))

    async def turn(self) -> Round:
        """Ask if it is time and anything is open; of all processes that do this, one asks in an interval."""
        if not self.open():
            return Round(asked=False)
        if not self._jobs.may_ask(
            self.system.name, now=time.time(), interval=min(self.pause, self._interval)
        ):
            return Round(asked=False)
        return await self.ask()

    async def ask(self) -> Round:
        """Ask now, and write down what has changed."""
        before = {job.token: job for job in self.open()}
        try:
            await self._unsure(before.values())
            told = [job for job in self.open() if job.job_id is not None]
            trouble = await (self._local(told) if self.system.scheduler == "local" else self._slurm(told))
        except TransportError as e:
            trouble = e.message
        now = self._jobs.all(self.system.name)
        changed = tuple(
            job for job in now if job.token in before and job.changed != before[job.token].changed
        )
        self._quiet = 0 if changed else self._quiet + 1
        return Round(changed, trouble)

    async def _unsure(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if job.job_id is None and job.state in {UNKNOWN, SUBMITTING}:
                await find(job, self._transport, self._jobs)

    async def _slurm(self, jobs: list[Job]) -> str:
        """Ask Slurm about jobs; return why there is no answer, empty if there is."""
        if not jobs:
            return ""
        done = await self._ask(slurm.STATUS)
        if done.status:
            return f"squeue: {done.complaint}"
        lines = _by_job(slurm.status_lines(done.text))
        missing = [job for job in jobs if job.job_id not in lines]
        past, trouble = await self._past([str(job.job_id) for job in missing]) if missing else ({}, "")
        notes: list[Note] = []
        for job in jobs:
            found = lines.get(str(job.job_id)) or past.get(str(job.job_id))
            if found:
                notes.append((job.token, _noted(job, slurm.of_whole(found))))
            elif not trouble:
                notes.append((job.token, await self._forgotten(job)))
        self._jobs.note_all(await self._with_statuses(jobs, notes))
        return trouble

    async def _with_statuses(self, jobs: list[Job], notes: list[Note]) -> list[Note]:
        """Add the exit status to each end that came without one, as squeue tells them: the run folder has it."""
        folders = {job.token: job.folder for job in jobs}
        without = [(folders[token], note) for token, note in notes if _lacks_status(note)]
        for first in range(0, len(without), _TASK_LIMIT):
            part = without[first : first + _TASK_LIMIT]
            done = await self._ask(helper.STATUSES, *(folder for folder, _ in part))
            for (_, note), status in zip(part, helper.statuses(done.text, len(part)), strict=True):
                note["exit_code"] = "" if status is None else f"{status}:0"
        return notes

    async def _past(self, numbers: list[str]) -> tuple[dict[str, list[slurm.Line]], str]:
        """Ask the accounting; without one it has nothing to say, which is no trouble."""
        lines: list[slurm.Line] = []
        for first in range(0, len(numbers), _TASK_LIMIT):
            done = await self._ask(slurm.PAST, ",".join(numbers[first : first + _TASK_LIMIT]))
            if done.status:
                off = any(each in done.complaint for each in slurm.NO_ACCOUNTING)
                return {}, "" if off else f"sacct: {done.complaint}"
            lines += slurm.past_lines(done.text)
        return _by_job(lines), ""

    async def _forgotten(self, job: Job) -> dict[str, str | int | None]:
        """Return what the run folder says of a job that the scheduler does not know any more."""
        done = await self._transport.run(["sh", "-c", helper.LOOK, "maia-look", job.folder])
        found = helper.traces(done.text) if done.status == 0 else None
        ended = sorted(found.ended.values()) if found else []
        if not ended and job.reason != MISSED:
            return {"reason": MISSED}
        if not ended:
            return {"state": GONE, "reason": "", "expected_start": ""}
        state = "FAILED" if ended[-1] else "COMPLETED"
        counted = f"{sum(1 for each in ended if not each)} of {len(ended)} tasks ended well"
        reason = counted if len(ended) > 1 else ""
        return {"state": state, "reason": reason, "exit_code": f"{ended[-1]}:0", "expected_start": ""}

    async def _local(self, jobs: list[Job]) -> str:
        done = await self._ask(localruns.QUERY, *(job.folder for job in jobs)) if jobs else None
        if done is None or done.status:
            return done.complaint if done else ""
        notes: list[Note] = []
        for job, line in zip(jobs, done.text.splitlines(), strict=False):
            state, _, code = line.partition(" ")
            notes.append(
                (
                    job.token,
                    {"state": GONE if state == "gone" else state, "exit_code": f"{code}:0" if code else ""},
                )
            )
        self._jobs.note_all(notes)
        return ""

    async def _ask(self, program: str, *words: str) -> Completed:
        return await self._transport.run(["sh", "-c", program, "maia-ask", *words], env=slurm.CLOCK)


def _by_job(lines: Iterable[slurm.Line]) -> dict[str, list[slurm.Line]]:
    found: dict[str, list[slurm.Line]] = {}
    for line in lines:
        found.setdefault(line.job_id, []).append(line)
    return found


def _noted(job: Job, line: slurm.Line) -> dict[str, str | int | None]:
    if line.state in _RETURNING and job.reason != MAY_RETURN:
        return {"reason": MAY_RETURN}
    over = line.state in slurm.FINAL
    noted: dict[str, str | int | None] = {"state": line.state, "reason": line.reason}
    noted["expected_start"] = line.start if line.state == "PENDING" else ""
    return noted | ({"exit_code": line.exit_code} if over else {})


def _lacks_status(note: dict[str, str | int | None]) -> bool:
    return note.get("state") in slurm.FINAL and not note.get("exit_code")


async def cancel(job: Job, system: System, transport: Transport) -> None:
    """Cancel a job, or all tasks of an array; one that is over already is left as it is."""
    if job.job_id is None:
        return
    if system.scheduler == "local":
        done = await transport.run(["sh", "-c", localruns.CANCEL, "maia-cancel", job.folder])
    else:
        done = await transport.run([*slurm.CANCEL, job.job_id])
    if done.status and "Invalid job id" not in done.complaint:
        raise TransportError(f"{job.system} did not cancel {job.job_id}: {done.complaint}")
