"""What the routes of one server share: the person's jobs, one watcher for all browsers, what is being done for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maia_hub.core.errors import MaiaError
from maia_hub.hpc import systemfiles
from maia_hub.hpc.broker import place
from maia_hub.hpc.broker.client import BrokerClient, BrokerTransport
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.reaching import ByBroker, Reach
from maia_hub.hpc.systems import System
from maia_hub.hpc.verbs import Verbs
from maia_hub.hpc.watching import OVER
from maia_lab.feeds import Feed
from maia_lab.hpc import panelmlflow, panelviews
from maia_lab.hpc.paneltasks import Task, Tasks
from maia_lab.hpc.panelwatch import Watcher
from maia_lab.tools.holdings import HOLDINGS


@dataclass(frozen=True)
class Errand:
    """What one thing that is done for a tab has to do it with."""

    verbs: Verbs
    reach: Reach
    task: Task


Work = Callable[[Errand], Awaitable[Any]]


class Desk:
    """One for each server, made when the panel is first used; ``root`` is the folder that the file browser shows.

    ``over`` is called with every job whose end is seen.
    """

    def __init__(self, root: Path, over: Callable[[Desk, Job], None]) -> None:
        self.root = root
        self._over = over
        self.feed = Feed(self._watch)
        self.tasks = Tasks(self.feed)
        self.verbs = Verbs()
        self._states = BrokerClient()
        self._watcher = Watcher(
            self.verbs,
            changed=self._changed,
            forgotten=lambda token: self.feed.tell("forgotten", {"token": token}),
            asked=self._asked,
        )
        self._telling: set[asyncio.Task[None]] = set()
        HOLDINGS.listen(self._tools_changed)

    async def state(self) -> dict[str, Any]:
        """Return all that the panel shows."""
        jobs = await asyncio.to_thread(self.verbs.jobs.all)
        for job in jobs:
            if job.state in OVER:
                self._over(self, job)
        return {
            "jobs": [panelviews.job(job) for job in jobs],
            "tasks": self.tasks.views(),
            **await self.systems(),
        }

    async def systems(self) -> dict[str, Any]:
        """Return the systems there are with how they are, and where to add one."""
        found, broken = await asyncio.to_thread(systemfiles.load_all)
        open_ones = await self._connections()
        return {
            "systems": [
                panelviews.system(
                    each,
                    connection=_connection(self.verbs, each.system, open_ones),
                    trouble=self._watcher.trouble.get(each.system.name, ""),
                )
                for each in found
            ],
            "broken": [
                {"file": str(each.path), "problem": panelviews.problem(each.error)} for each in broken
            ],
            "presets": systemfiles.presets(),
            "tracking": panelmlflow.is_known(),
            "folder": str(systemfiles.home_folder()),
        }

    def add(self, form: Mapping[str, Any]) -> str:
        """Write the file of a new system, and let everybody see it; return its name."""
        names = ("preset", "host", "user", "project", "account", "time")
        given = {name: str(form.get(name, "")).strip() for name in names}
        found = systemfiles.add(str(form.get("name", "")).strip(), **given)
        self._asked()
        return found.system.name

    def forget(self, token: str) -> None:
        """Take a job out of the list."""
        self.verbs.jobs.forget(self.verbs.jobs.get(token).token)

    def take_untold(self, tokens: Collection[str] | None) -> list[str]:
        """Return the jobs that are over, of some or of all, whose end has been told in no browser yet."""
        over = [job.token for job in self.verbs.jobs.all() if job.state in OVER]
        return self.verbs.jobs.take_untold([each for each in over if tokens is None or each in tokens])

    def job(self, token: str) -> Job:
        """Return a job."""
        return self.verbs.jobs.get(token)

    async def close(self) -> None:
        """Let go of everything; what runs on systems goes on there."""
        HOLDINGS.forget(self._tools_changed)
        for each in self._telling:
            each.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self.feed.close()
        await self.tasks.close()
        await self.verbs.close()
        await self._states.close()

    async def _watch(self) -> None:
        """Ask systems for what becomes of jobs."""
        await self._watcher.run()

    def start(self, kind: str, tab: str, subject: str, work: Work) -> Task:
        """Begin something that may have to ask the person at a tab: with a conversation of its own.

        Without a tab nobody is asked, and what needs a person fails.
        """

        async def go(task: Task) -> Any:
            reach = ByBroker(task.ask if tab else None)
            verbs = Verbs(jobs=self.verbs.jobs, by=reach)
            try:
                return await work(Errand(verbs, reach, task))
            finally:
                await verbs.close()
                if self.feed.heard:
                    await self._watcher.look()
                    self._asked()

        return self.tasks.start(kind, tab, subject, go)

    def ask_again(self, system: str) -> None:
        """Let the watcher not wait for its turn: somebody has signed in."""
        self._watcher.ask_again(system)

    def _changed(self, job: Job) -> None:
        self.feed.tell("job", panelviews.job(job))
        if job.state in OVER:
            self._over(self, job)

    def _tools_changed(self) -> None:
        if self.feed.heard:
            self._asked()

    async def _connections(self) -> Mapping[str, str]:
        """Ask the broker how connections are; if there is none, none is open."""
        try:
            return await self._states.states() if place.socket().exists() else {}
        except MaiaError:
            return {}

    def _asked(self) -> None:
        task = asyncio.create_task(self._tell_systems())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_systems(self) -> None:
        self.feed.tell("systems", await self.systems())


def _target(verbs: Verbs, system: System) -> str:
    reached = verbs.reach(system)
    return str(reached.target) if isinstance(reached, BrokerTransport) else ""


def _connection(verbs: Verbs, system: System, states: Mapping[str, str]) -> str:
    """Return how the connection to a system is: local, open, closed, lost, sign-in-again, or files-only."""
    if system.scheduler == "local":
        return "local"
    if system.control is None:
        return "files-only"
    return states.get(_target(verbs, system), "closed")
