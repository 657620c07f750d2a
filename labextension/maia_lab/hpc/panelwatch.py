"""What becomes of jobs while somebody looks: one watcher for all browsers of a server.

Systems are asked by the library's own rules, one question in an interval, whoever else asks. What another program of
the same person does, a command in a terminal or a cell, is seen in the file of jobs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from maia_hub.core.errors import MaiaError
from maia_hub.hpc.jobs import Job, home_file
from maia_hub.hpc.systemfiles import load
from maia_hub.hpc.verbs import Verbs
from maia_hub.hpc.watching import OVER, Watch

log = logging.getLogger(__name__)
LOOK = 1.0
"""Seconds between two looks at the file's date."""
LOCAL_POLL = "2s"
"""Asking this machine costs nothing that would have to be spared."""

_MISSING = 30.0
"""Seconds until a system's file is looked for again that is not there or wrong."""

_Stamp = tuple[tuple[int, int], ...]


class Watcher:
    """Watches for as long as it runs; tells of every job that changed or went, and of every system's trouble."""

    def __init__(
        self,
        verbs: Verbs,
        changed: Callable[[Job], None],
        forgotten: Callable[[str], None],
        asked: Callable[[], None],
    ) -> None:
        self.trouble: dict[str, str] = {}
        self._verbs = verbs
        self._changed, self._forgotten, self._asked = changed, forgotten, asked
        self._known: dict[str, Job] = {}
        self._systems: dict[str, asyncio.Task[None]] = {}
        self._wake: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """Watch until it is cancelled."""
        self._known = {job.token: job for job in await asyncio.to_thread(self._verbs.jobs.all)}
        self._follow()
        seen = _stamp()
        try:
            while True:
                await asyncio.sleep(LOOK)
                now = _stamp()
                if now != seen:
                    seen = now
                    await self.look()
        finally:
            for task in self._systems.values():
                task.cancel()
            await asyncio.gather(*self._systems.values(), return_exceptions=True)
            self._systems.clear()

    async def look(self) -> None:
        """Tell what has changed since the last look."""
        jobs = {job.token: job for job in await asyncio.to_thread(self._verbs.jobs.all)}
        before, self._known = self._known, jobs
        for token, job in jobs.items():
            if job != before.get(token):
                self._changed(job)
                self._wake.setdefault(job.system, asyncio.Event()).set()
        for token in before.keys() - jobs.keys():
            self._forgotten(token)
        self._follow()

    def ask_again(self, system: str) -> None:
        """Do not wait for the next turn: somebody has signed in."""
        self._wake.setdefault(system, asyncio.Event()).set()

    def _follow(self) -> None:
        """Ask every system that has open jobs."""
        for name in {job.system for job in self._known.values() if job.state not in OVER}:
            task = self._systems.get(name)
            if task is None or task.done():
                self._systems[name] = asyncio.create_task(self._ask(name))

    async def _ask(self, name: str) -> None:
        wake = self._wake.setdefault(name, asyncio.Event())
        watch: Watch | None = None
        while self._open(name):
            wake.clear()
            try:
                watch = watch or self._watch(name)
                if self._verbs.jobs.may_ask(name, now=time.time(), interval=watch.pause):
                    self._note(name, (await watch.ask()).trouble)
            except MaiaError as e:
                self._note(name, e.message)
            except Exception:
                log.exception("watching %s failed", name)
                self._note(name, "Asking it failed; the server's log says why.")
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(wake.wait(), watch.pause if watch else _MISSING)
        self._note(name, "")

    def _watch(self, name: str) -> Watch:
        system = load(name)
        if system.scheduler == "local":
            system = system.model_copy(update={"poll": LOCAL_POLL})
        return Watch(system, self._verbs.reach(system), self._verbs.jobs)

    def _open(self, name: str) -> bool:
        return any(job.system == name and job.state not in OVER for job in self._known.values())

    def _note(self, name: str, trouble: str) -> None:
        if self.trouble.get(name, "") != trouble:
            self.trouble[name] = trouble
            self._asked()


def _stamp() -> _Stamp:
    """Return what differs when anybody has written to the file of jobs."""
    found = []
    for path in (home_file(), Path(f"{home_file()}-wal")):
        with suppress(OSError):
            known = path.stat()
            found.append((known.st_mtime_ns, known.st_size))
    return tuple(found)
