"""What the panel's routes of one server share: servers that are looked at, and what is being done with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from maia_hub.core.errors import Conflict, MaiaError
from maia_hub.monailabel import environment, server, starting
from maia_hub.monailabel.server import Say
from maia_hub.monailabel.starting import Asked, Place
from maia_lab import tasks
from maia_lab.feeds import Feed
from maia_lab.handling import problem
from maia_lab.imaging import archive
from maia_lab.imaging.archive import Archive
from maia_lab.monailabel import asking, views
from maia_lab.tasks import Task

_LOOK = 1.0
"""Seconds between two looks at the servers, while a browser listens: a terminal or a kernel may start one, too."""


class Desk:
    """One for each server, made when the panel is first used; ``root`` is the folder that the file browser shows."""

    def __init__(self, root: Path, workspace: str) -> None:
        self.root = root
        self.feed = Feed(self._watch)
        self.tasks = tasks.Tasks(self.feed, Task)
        self._workspace = workspace
        self._archive: dict[str, Any] = {"there": False, "problem": None}
        self._told: dict[str, Any] | None = None

    async def state(self) -> dict[str, Any]:
        """Return all that the panel shows."""
        try:
            await archive.of_server()
            self._archive = {"there": True, "problem": None}
        except MaiaError as e:
            self._archive = {"there": False, "problem": problem(e)}
        return await self._look()

    def prepare(self, tab: str) -> Task:
        """Make the environment."""
        if self.tasks.runs("prepare", ""):
            raise Conflict("MONAI Label is being prepared already.")

        async def work(task: Task) -> None:
            await environment.prepare(_telling(task))

        return self.tasks.start("prepare", tab, "", work)

    async def start(self, tab: str, given: dict[str, Any]) -> Task:
        """Start a server as a form says."""
        found = await archive.of_server() if given.get("images") is None else await self._known_archive()
        asked = asking.asked(given, self.root, found)
        name = starting.called(asked)
        if self.tasks.runs("start", name):
            raise Conflict("A server of that name is being started already.", given=name)
        place = Place(self._workspace, asking.path_of(found), starting.is_apart())
        return self.tasks.start("start", tab, name, lambda task: _start(task, asked, place))

    def stop(self, tab: str, name: str) -> Task:
        """Stop a server, or give up starting it; a training saves first."""
        server.log(name, 1)  # there is none, or there is one to be stopped
        for task in self.tasks.of("start", name):
            task.give_up()

        async def work(_task: Task) -> None:
            await asyncio.to_thread(server.stop, name)

        return self.tasks.start("stop", tab, name, work)

    async def close(self) -> None:
        """Let go of everything."""
        await self.tasks.close()
        await self.feed.close()

    async def _known_archive(self) -> Archive | None:
        """Return where the viewer finds the project's images; a server on a folder runs without."""
        try:
            return await archive.of_server()
        except MaiaError:
            return None

    async def _look(self) -> dict[str, Any]:
        found = await asyncio.to_thread(views.look)
        self._told = {**found, "archive": self._archive}
        return {**self._told, "tasks": self.tasks.views()}

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            before = self._told
            told = await self._look()
            if self._told != before:
                self.feed.tell("state", told)


async def _start(task: Task, asked: Asked, place: Place) -> str:
    return (await starting.begin(asked, place, _telling(task))).name


def _telling(task: Task) -> Say:
    """Return what tells a task's progress, from any thread."""
    loop = asyncio.get_running_loop()
    said: Callable[[Any], None] = task.at

    def say(doing: str, share: float | None) -> None:
        loop.call_soon_threadsafe(said, {"doing": doing, "share": share})

    return say
