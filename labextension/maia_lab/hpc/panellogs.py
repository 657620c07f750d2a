"""A job's log while it is written."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from maia_hub.hpc import render
from maia_hub.hpc.following import LogFile, in_queue, percent
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.transport import NoSuchFile, Transport
from maia_hub.hpc.verbs import Verbs
from maia_hub.hpc.watching import OVER

PIECE = 1 << 16
TAIL = 1 << 18
"""Bytes of a long log that are shown; the whole of it is fetched."""
GLANCE = 20_000
"""Bytes of it that a box in a notebook makes its few lines of."""
EVERY = 1.0
"""Seconds between two looks at a log that is written."""


@dataclass(frozen=True)
class Piece:
    """Some of a log; ``upto`` is the byte that the next one begins at, ``skipped`` counts those left out before it."""

    text: str
    upto: int
    skipped: int = 0


async def names(verbs: Verbs, job: Job) -> list[str]:
    """Return the names of a job's logs, one for each task; none before it has begun."""
    try:
        return render.logs(await verbs.reach(verbs.system(job.system)).list(job.folder))
    except NoSuchFile:
        return []


@dataclass(frozen=True)
class Glance:
    """What a box in a notebook shows beside the state: how far a job is."""

    tail: str
    percent: int | None
    place: tuple[int, int] | None


async def glance(verbs: Verbs, job: Job) -> Glance:
    """Look once at the end of the log that was written last, or, of a job that waits, at its place in the queue."""
    system = verbs.system(job.system)
    transport = verbs.reach(system)
    if job.state == "PENDING":
        return Glance("", None, await in_queue(job, system, transport))
    with suppress(NoSuchFile):
        files = await transport.list(job.folder)
        last = max(render.logs(files), key=lambda name: files[name].modified, default="")
        if last:
            start = max(0, files[last].size - GLANCE)
            data = await transport.read(posixpath.join(job.folder, last), offset=start, limit=GLANCE)
            tail = data.decode(errors="replace")
            return Glance(tail, percent(tail), None)
    return Glance("", None, None)


async def follow(verbs: Verbs, token: str, name: str, start: int | None) -> AsyncIterator[Piece]:
    """Yield a log from a byte on, from near its end if that is None, until its job is over."""
    job = verbs.jobs.get(token)
    transport = verbs.reach(verbs.system(job.system))
    log: LogFile | None = None
    while True:
        over = verbs.jobs.get(token).state in OVER
        name = name or next(iter(await names(verbs, job)), "")
        if name and log is None:
            path = posixpath.join(job.folder, name)
            log = LogFile(path, transport, await _begin(transport, path) if start is None else start, PIECE)
            skipped = log.at if start is None else 0
        if log:
            async for text in log.more():
                yield Piece(text, log.told, skipped)
                skipped = 0
        if over:
            return
        await asyncio.sleep(EVERY)


async def _begin(transport: Transport, path: str) -> int:
    try:
        return max(0, (await transport.stat(path)).size - TAIL)
    except NoSuchFile:
        return 0
