"""What may go from run folders: the copies of code of jobs that have long been over, where they are as they were sent.

A copy holds the manifest of what was sent, by which each of its files is told from what the job has changed or made,
and that stays. A job that is not known to be over keeps all of it, as does one that its system has lost sight of.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from maia_hub.hpc import helper, slurm
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.jobspec import JobSpec
from maia_hub.hpc.ssh import words
from maia_hub.hpc.transfer import inventory
from maia_hub.hpc.transfer.tree import OWN
from maia_hub.hpc.transport import NoSuchFile, Transport

_REMOVE = f'cd -- "$1" && xargs -0 -r rm -f -- && rm -rf -- {OWN} && find . -mindepth 1 -depth -type d -empty -delete'


@dataclass(frozen=True)
class Cleaned:
    """How many jobs' copies, how many of their files, and how many bytes those have, if nobody else has them, too."""

    jobs: int = 0
    files: int = 0
    bytes: int = 0


def done_with(jobs: Iterable[Job], older: timedelta, now: datetime | None = None) -> list[Job]:
    """Return the jobs that had a copy, ended by Slurm's own word, and did so longer ago than that."""
    limit = (now or datetime.now(timezone.utc)) - older
    return [
        job
        for job in jobs
        if job.state in slurm.FINAL
        and datetime.fromisoformat(job.changed) < limit
        and JobSpec.model_validate_json(job.spec).code is not None
    ]


async def clean(jobs: Iterable[Job], transport: Transport, *, remove: bool = True) -> Cleaned:
    """Remove of the copies of these jobs what is as it was sent; without ``remove`` only count it."""
    cleaned = files = size = 0
    for job in jobs:
        root = posixpath.join(job.folder, helper.CODE)
        same = await _as_sent(transport, root)
        if same and remove:
            names = b"".join(words.encoded(f"./{path}") + b"\0" for path in same)
            await inventory.checked(transport, _REMOVE, root, stdin=names)
        cleaned += bool(same)
        files += len(same)
        size += sum(same.values())
    return Cleaned(cleaned, files, size)


async def _as_sent(transport: Transport, root: str) -> dict[str, int]:
    """Return the files of a copy that nobody has touched, with their sizes; none of one that is gone or cleaned."""
    try:
        there = await inventory.look(transport, root)
    except NoSuchFile:
        return {}
    return {
        path: entry.size
        for path, entry in there.entries.items()
        if there.vouched(path) is not None and path not in there.uneven
    }
