"""A job's log while it is written."""

from __future__ import annotations

import asyncio
import codecs
import posixpath
from collections.abc import AsyncIterator
from dataclasses import dataclass

from maia_hub.hpc import render
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
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    at, skipped = start or 0, 0
    while True:
        over = verbs.jobs.get(token).state in OVER
        name = name or next(iter(await names(verbs, job)), "")
        path = posixpath.join(job.folder, name)
        if name and start is None:
            at = skipped = max(0, await _size(transport, path) - TAIL)
            start = at
        while name and (data := await _read(transport, path, at)):
            at += len(data)
            yield Piece(decoder.decode(data), at - len(decoder.getstate()[0]), skipped)
            skipped = 0
        if over:
            return
        await asyncio.sleep(EVERY)


async def _size(transport: Transport, path: str) -> int:
    try:
        return (await transport.stat(path)).size
    except NoSuchFile:
        return 0


async def _read(transport: Transport, path: str, at: int) -> bytes:
    try:
        return await transport.read(path, offset=at, limit=PIECE)
    except NoSuchFile:
        return b""
