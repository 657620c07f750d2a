"""Follow one job to its end: its state, its place in the queue, and what it writes, as it comes.

The scheduler is asked no more often than for all jobs together (see ``watching``), but at once when the run folder
says that the job has begun or ended. The log is read where it was left; a quiet one is looked at less and less often.
"""

from __future__ import annotations

import asyncio
import codecs
import posixpath
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

from maia_hub.hpc import render, slurm
from maia_hub.hpc.jobs import Job, Jobs
from maia_hub.hpc.systems import System
from maia_hub.hpc.transport import FileStat, NoSuchFile, Transport, TransportError
from maia_hub.hpc.watching import OVER, Watch

FASTEST, SLOWEST = 0.5, 5.0
"""Seconds between two looks at the log."""
_PIECE = 1 << 20
_QUICK = 8
"""How many times the scheduler is asked out of turn because the run folder knows more."""
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3})(?:\.\d+)? ?%")


@dataclass(frozen=True)
class Wrote:
    """The job has written something; of an array ``file`` tells its tasks apart."""

    text: str
    file: str


@dataclass(frozen=True)
class Became:
    """What is known of the job has changed; ``place`` is its place in the queue, and of how many, while it waits."""

    job: Job
    place: tuple[int, int] | None = None


@dataclass(frozen=True)
class Trouble:
    """There was no answer; it is tried again. Empty: there is one again."""

    said: str


Event = Wrote | Became | Trouble


def percent(tail: str) -> int | None:
    """Return the last percentage in the last lines of a log, as progress bars write it; None if there is none."""
    found = [int(each) for each in _PERCENT.findall(tail[-2000:])]
    return next((each for each in reversed(found) if each <= 100), None)


async def in_queue(job: Job, system: System, transport: Transport) -> tuple[int, int] | None:
    """Return a job's place in the queue, among the jobs that this user may see; None if it does not wait there."""
    if system.scheduler == "local":
        return None
    done = await transport.run(["sh", "-c", slurm.QUEUE])
    return slurm.place(done.text, str(job.job_id)) if done.status == 0 else None


class LogFile:
    """A log from a byte on, each part of it once; half a character at its end waits for its other half."""

    def __init__(self, path: str, transport: Transport, at: int = 0, piece: int = _PIECE) -> None:
        self._path = path
        self._transport = transport
        self._piece = piece
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.at = at

    @property
    def told(self) -> int:
        """The byte up to which all has been told."""
        return self.at - len(self._decoder.getstate()[0])

    async def more(self) -> AsyncIterator[str]:
        """Yield what is new; nothing of a file that is not there."""
        with suppress(NoSuchFile):
            while data := await self._transport.read(self._path, offset=self.at, limit=self._piece):
                self.at += len(data)
                yield self._decoder.decode(data)


class Log:
    """What a job has written into its run folder; each part is read once, of what is there already ``last`` bytes."""

    def __init__(self, folder: str, transport: Transport, last: int | None = None) -> None:
        self._folder = folder
        self._transport = transport
        self._last = last
        self._files: dict[str, LogFile] = {}

    async def more(self, names: dict[str, FileStat]) -> AsyncIterator[Wrote]:
        """Yield what is new in the log files among some names; one that begins anew is read anew."""
        for name in render.logs(names):
            size = names[name].size
            if name not in self._files or size < self._files[name].at:
                begin = 0 if self._last is None or name in self._files else max(0, size - self._last)
                path = posixpath.join(self._folder, name)
                self._files[name] = LogFile(path, self._transport, begin)
            if self._files[name].at < size:
                async for text in self._files[name].more():
                    yield Wrote(text, name)
        self._last = None


class Follow:
    """Follows one job; of the log that is there already ``last`` bytes are told, all without it."""

    def __init__(
        self, token: str, system: System, transport: Transport, jobs: Jobs, last: int | None = None
    ) -> None:
        self._token = token
        self._system = system
        self._transport = transport
        self._jobs = jobs
        self._watch = Watch(system, transport, jobs)
        self._log = Log(jobs.get(token).folder, transport, last)
        self._known: Became | None = None
        self._place: tuple[int, int] | None = None
        self._next_place = 0.0
        self._trouble = ""
        self._hurry = _QUICK

    async def events(self, pause: Callable[[float], float] = lambda seconds: seconds) -> AsyncIterator[Event]:
        """Yield what happens until the job is over and its log is read; a lost connection is trouble and no end.

        ``pause`` may shorten or lengthen the seconds that are waited.
        """
        wait = FASTEST
        while True:
            over = self._jobs.get(self._token).state in OVER
            busy = False
            try:
                names = await self._names()
                async for wrote in self._log.more(names):
                    busy = True
                    yield wrote
                asked = over or await self._ask(names)
                for event in await self._news(asked):
                    busy = True
                    yield event
            except TransportError as e:
                for event in self._troubled(e.message):
                    yield event
            if over and not self._trouble:
                return
            wait = FASTEST if busy or self._hurrying else min(SLOWEST, wait * 1.5)
            await asyncio.sleep(pause(wait))

    async def _names(self) -> dict[str, FileStat]:
        try:
            return dict(await self._transport.list(self._jobs.get(self._token).folder))
        except NoSuchFile:
            return {}

    @property
    def _hurrying(self) -> bool:
        return 0 < self._hurry < _QUICK

    async def _ask(self, names: dict[str, FileStat]) -> bool:
        """Ask for the states of all jobs if it is time, or this one is further than was known; tell whether it was."""
        sign = "job." if self._jobs.get(self._token).state == "PENDING" else "ended."
        if self._hurry and any(each.startswith(sign) and each[len(sign) :].isdigit() for each in names):
            self._hurry -= 1
            done = await self._watch.ask()
        else:
            done = await self._watch.turn()
        if done.trouble:
            raise TransportError(done.trouble)
        return done.asked

    async def _news(self, asked: bool) -> list[Event]:
        """Return what has changed since it was last told."""
        job = self._jobs.get(self._token)
        if job.state == "PENDING" and time.monotonic() >= self._next_place:
            self._place = await in_queue(job, self._system, self._transport)
            self._next_place = time.monotonic() + self._watch.pause
        now = Became(job, self._place if job.state == "PENDING" else None)
        news: list[Event] = [*(self._troubled("") if asked else ()), *([now] if now != self._known else [])]
        self._known = now
        return news

    def _troubled(self, said: str) -> list[Trouble]:
        if said == self._trouble:
            return []
        self._trouble = said
        return [Trouble(said)]
