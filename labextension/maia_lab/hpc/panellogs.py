"""A job's log while it is written."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncIterator
from dataclasses import dataclass

from maia_hub.hpc import render
from maia_hub.hpc.following import LogFile
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.transport import NoSuchFile, Transport
from maia_hub.hpc.verbs import Verbs
from maia_hub.hpc.watching import OVER

PIECE = 1 << 16
TAIL = 1 << 18
"""Bytes of a long log that are shown; the whole of it is fetched."""
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
