"""Who has the MONAI Labels beside this Jupyter server learn: one conductor for each, at work as long as it runs.

Those of servers that have learnt something are begun with the Jupyter server, others when they are first asked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from maia_hub.core.errors import MaiaError
from maia_hub.monailabel.state import Folder, folders

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from maia_hub.monailabel.labels.delivery import Delivered
    from maia_hub.monailabel.learning.conductor import Conductor

LEARNING = "maia_monailabel_learning"
_RECORD = ("learning", "record.sqlite")
_UNVERSIONED = "unversioned"
"""What is said of a model of which no versions are kept."""


class Learning:
    """The conductors of this Jupyter server, by the name of their MONAI Label."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._at_work: dict[str, tuple[Conductor, asyncio.Task[None]]] = {}
        self._heard: dict[str, set[asyncio.Event]] = {}
        self._saved: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin those of servers that have learnt something: a training may wait for its server."""
        for folder in folders():
            if folder.root.joinpath(*_RECORD).exists():
                with suppress(MaiaError):
                    self.conductor(folder.name)

    def conductor(self, name: str) -> Conductor:
        """Return the one of a server, at work.

        Raises:
            NotFound: no server of that name was ever started.
            Unavailable: what it has learnt cannot be read.
        """
        from maia_hub.monailabel import server  # noqa: PLC0415 - loaded by nothing else that a server does at its start
        from maia_hub.monailabel.learning.conductor import Conductor  # noqa: PLC0415
        from maia_hub.monailabel.learning.place import Place  # noqa: PLC0415

        found = self._at_work.get(name)
        if found is not None and not found[1].done():
            return found[0]
        if Folder(name).known() is None:
            server.look(name)  # says that there is none
        made = Conductor(Place(name), partial(server.reached, name), tell=partial(self._tell, name))
        task = asyncio.create_task(made.run(), name=f"maia-learning-{name}")
        task.add_done_callback(partial(self._ended, name))
        self._at_work[name] = (made, task)
        return made

    async def arrived(self, name: str, delivered: Delivered) -> None:
        """Learn from a label that an image server has."""
        await self.conductor(name).arrived()(delivered)

    def saved(self, name: str, person: str) -> None:
        """Learn from a label that a person has saved in a folder of images."""
        task = asyncio.create_task(self._drawn(name, person))
        self._saved.add(task)
        task.add_done_callback(self._saved.discard)

    async def shown(self, name: str) -> dict[str, Any]:
        """Return what is known of a server's models and labels."""
        conductor = self.conductor(name)
        return await asyncio.to_thread(_shown, conductor)

    async def versioned(self, name: str) -> Callable[[str, datetime], str]:
        """Return what says which version of a server's models was used at a time.

        Raises:
            NotFound: no server of that name was ever started.
        """
        conductor = self.conductor(name)
        state, taught = await asyncio.to_thread(lambda: (conductor.record.state(), _taught(conductor)))
        return lambda model, at: str(state.used_at(model, at)) if model in taught else _UNVERSIONED

    @contextmanager
    def listening(self, name: str) -> Iterator[asyncio.Event]:
        """Give what is set after each change, as long as this lasts."""
        heard = asyncio.Event()
        self._heard.setdefault(name, set()).add(heard)
        try:
            yield heard
        finally:
            self._heard[name].discard(heard)

    async def stop(self) -> None:
        """End them; MONAI Label trains on, and is found again."""
        tasks = [*self._saved, *(task for _, task in self._at_work.values())]
        self._at_work.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drawn(self, name: str, person: str) -> None:
        try:
            await self.conductor(name).drawn(person)
        except MaiaError as e:
            self._log.warning("maia_lab: a label of MONAI Label %s was not noted: %s", name, e.message)

    def _tell(self, name: str) -> None:
        for each in self._heard.get(name, ()):
            each.set()

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._log.error("maia_lab: learning of MONAI Label %s broke", name, exc_info=task.exception())


def look_after(app: ServerApp) -> Learning:
    """Have them learn from the moment at which the server runs; return what does."""
    learning = Learning(app.log)
    app.web_app.settings[LEARNING] = learning
    app.io_loop.add_callback(learning.start)
    return learning


def _shown(conductor: Conductor) -> dict[str, Any]:
    from maia_hub.monailabel.learning.shown import shown  # noqa: PLC0415

    return shown(conductor.record.state(), conductor.place, _taught(conductor))


def _taught(conductor: Conductor) -> list[str]:
    """Return the models of which versions are kept, if the server that says so is there."""
    try:
        return list(conductor.find().published)
    except MaiaError:
        return []
