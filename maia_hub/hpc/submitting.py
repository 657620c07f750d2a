"""Submit a job exactly once, and find it again after whatever was cut.

A job is remembered here under its token first, then an attempt is announced in its run folder, and only who has
announced it asks the scheduler. An attempt that nobody knows the end of is looked for in the run folder, in squeue
and in sacct: it did not happen only if all of them answered and none has seen it; until then nothing is sent again.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import ClassVar

from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.hpc import helper, slurm
from maia_hub.hpc.jobs import Job, Jobs, new_token
from maia_hub.hpc.jobspec import JobSpec
from maia_hub.hpc.render import render
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import ConnectionLost, NoSpace, TimedOut, Transport, TransportError

SETTLED = helper.SUBMIT_TIMEOUT + 60
"""Seconds after which an attempt that left no trace has none to come: sbatch was ended before."""

SUBMITTING, UNKNOWN, NOT_SUBMITTED, REFUSED = "SUBMITTING", "UNKNOWN", "NOT_SUBMITTED", "REFUSED"
OWN_STATES = (SUBMITTING, UNKNOWN, NOT_SUBMITTED, REFUSED)
"""What a job is before Slurm has a state for it."""


class SubmitRefused(MaiaError):
    """The scheduler said no; there is no job."""

    code: ClassVar[str] = "submit-refused"
    title: ClassVar[str] = "The scheduler refused the job"


class Unsure(Unavailable):
    """Whether the job was taken is not known now; it will be found out, and is not sent again until then."""

    code = "unsure"
    title = "It is not known yet whether the job was taken"


@dataclass(frozen=True)
class Sighting:
    """What was found of an attempt: an id, or that there is none for certain, or neither."""

    job_id: str | None
    certain: bool
    why: str = ""


def describe(spec: JobSpec, system: System, *, token: str | None = None) -> Job:
    """Return a job that is not sent yet, its script rendered."""
    token = token or new_token()
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return Job(
        token=token,
        system=system.name,
        name=spec.name,
        folder=posixpath.join(system.work, token),
        spec=spec.model_dump_json(),
        script=render(spec, system, token=token),
        created=now,
        attempt=1,
        job_id=None,
        state=SUBMITTING,
        reason="",
        exit_code="",
        expected_start="",
        changed=now,
    )


async def submit(job: Job, transport: Transport, jobs: Jobs, *, start: tuple[str, ...] = slurm.SBATCH) -> Job:
    """Submit a job once, however often this is called for it and by whom, and return it with its id.

    Raises SubmitRefused if the scheduler will not have it, ConnectionLost if nothing reached the system, Unsure if
    it is not known whether there is a job: call it again, or ``find``, later.
    """
    job = job if jobs.add(job) else jobs.get(job.token)
    if job.job_id is not None:
        return job
    if job.state in {UNKNOWN, NOT_SUBMITTED, REFUSED}:
        job = await find(job, transport, jobs)
        if job.job_id is not None or job.state == UNKNOWN:
            return _sure(job)
    return await _attempt(job, transport, jobs, start)


async def _attempt(job: Job, transport: Transport, jobs: Jobs, start: tuple[str, ...]) -> Job:
    words = ["sh", "-c", helper.SUBMIT, "maia-submit", job.folder, str(job.attempt), *start]
    try:
        done = await transport.run(
            words,
            stdin=f"{job.script}{helper.END} {job.token}\n".encode(),
            env={"MAIA_TOKEN": job.token, "MAIA_CODE": json.loads(job.spec).get("code") or ""},
            timeout=helper.SUBMIT_TIMEOUT + 30,
        )
    except ConnectionLost as e:
        if not e.started:
            raise
        jobs.note_without_id(
            job.token, state=UNKNOWN, reason="The connection was lost while it was submitted."
        )
        raise _unsure(job) from e
    except TimedOut as e:
        jobs.note_without_id(job.token, state=UNKNOWN, reason="The system did not answer in time.")
        raise _unsure(job) from e
    said, _, rest = done.text.partition("\n")
    match said.split():
        case ["id", number] if number.isdigit():
            return _took(job, jobs, number)
        case ["failed", status] if helper.is_refusal(int(status), rest):
            await _refused(job, transport, jobs, rest)
        case ["taken"] | ["failed", _]:
            jobs.note_without_id(job.token, state=UNKNOWN, reason=rest.strip()[:500])
            return _sure(await find(jobs.get(job.token), transport, jobs))
    if done.status == 75:
        raise _unwritten(job, done.complaint)
    jobs.note_without_id(job.token, state=UNKNOWN, reason=done.complaint[:500])
    raise _unsure(job)


async def _refused(job: Job, transport: Transport, jobs: Jobs, complaint: str) -> None:
    """Write down a refusal, there first: the next attempt has the next number."""
    said = complaint.strip()[:2000]
    try:
        await transport.run(["sh", "-c", helper.REFUSE, "maia-refuse", job.folder, str(job.attempt)])
        jobs.note_without_id(job.token, state=REFUSED, reason=said[:500], attempt=job.attempt + 1)
    except TransportError:
        jobs.note_without_id(job.token, state=UNKNOWN, reason=said[:500])
    raise SubmitRefused(f"{job.system} refused the job: {said}", advice="Change the job and submit it anew.")


async def find(job: Job, transport: Transport, jobs: Jobs) -> Job:
    """Find out what became of a job without an id, and write it down."""
    if job.job_id is not None:
        return job
    seen = await look(job, transport)
    if seen.job_id is not None:
        return _took(job, jobs, seen.job_id)
    if seen.certain and job.state != REFUSED:
        # Two who come to this at once both go on to the next number, which only one of them can announce.
        number = job.attempt if seen.why == "unannounced" else job.attempt + 1
        jobs.note_without_id(job.token, state=NOT_SUBMITTED, reason="", attempt=number)
    elif not seen.certain:
        jobs.note_without_id(job.token, state=UNKNOWN, reason=seen.why[:500])
    return jobs.get(job.token)


async def look(job: Job, transport: Transport) -> Sighting:
    """Look for an attempt in the run folder, in squeue and in sacct."""
    try:
        done = await transport.run(["sh", "-c", helper.LOOK, "maia-look", job.folder])
        found = helper.traces(done.text) if done.status == 0 else None
        if found is None:
            return Sighting(None, certain=False, why=f"The run folder cannot be read: {done.complaint}")
        if found.job_id is not None:
            return Sighting(found.job_id, certain=True)
        if job.attempt in found.refused:
            return Sighting(None, certain=True, why="refused")
        age = found.intents.get(job.attempt)
        if age is None:
            return Sighting(None, certain=True, why="unannounced")
        return await _asked(job, transport, age)
    except (ConnectionLost, TimedOut) as e:
        return Sighting(None, certain=False, why=e.message)


async def _asked(job: Job, transport: Transport, age: int) -> Sighting:
    """Ask the scheduler itself for a job with the token in its name."""
    queue = await transport.run(["sh", "-c", slurm.QUEUE_NAMES])
    if queue.status:
        return Sighting(None, certain=False, why=f"squeue did not answer: {queue.complaint}")
    for each in slurm.queue_names(queue.text):
        if each.name.endswith(job.token):
            return Sighting(each.job_id, certain=True)
    past = await transport.run(["sh", "-c", slurm.PAST_NAMES, "sacct", str(age + 3600)])
    if past.status and not any(each in past.complaint for each in slurm.NO_ACCOUNTING):
        return Sighting(None, certain=False, why=f"sacct did not answer: {past.complaint}")
    for each in slurm.past_names(past.text if past.status == 0 else ""):
        if each.name.endswith(job.token):
            return Sighting(each.job_id, certain=True)
    if age < SETTLED:
        return Sighting(
            None, certain=False, why=f"It may be on its way; in {SETTLED - age} s that will be known."
        )
    return Sighting(None, certain=True)


def _took(job: Job, jobs: Jobs, number: str) -> Job:
    state = "PENDING" if job.state in OWN_STATES else job.state
    jobs.note(job.token, job_id=number, state=state, reason="")
    return jobs.get(job.token)


def _sure(job: Job) -> Job:
    if job.job_id is None:
        raise _unsure(job)
    return job


def _unwritten(job: Job, complaint: str) -> TransportError:
    """Return that nothing was announced, so there is no job, and why."""
    if "No space left" in complaint or "quota" in complaint.lower():
        return NoSpace(
            f"The disk of {job.folder} is full, or your quota there is used up; there is no job.",
            advice="Make room there, then submit it again.",
        )
    return TransportError(f"The run folder {job.folder} cannot be written: {complaint}")


def _unsure(job: Job) -> Unsure:
    return Unsure(
        f"Whether {job.system} has taken the job is not known now. {job.reason}".strip(),
        advice=f"It is looked for; maia hpc ls shows it as {job.token}. It is not submitted twice.",
    )
