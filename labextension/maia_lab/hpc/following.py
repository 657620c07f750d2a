"""A job that a kernel follows: what is known of it now, for whoever shows it."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable

from maia_hub.core.errors import MaiaError
from maia_hub.hpc.following import Became, Event, Trouble, Wrote
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.watching import OVER
from maia_lab.hpc.background import Background

_TAIL = 20_000
"""Characters of the log that are kept to be shown."""


class Followed:
    """A job with its place in the queue, the end of its log and what goes wrong; listeners hear of every event."""

    def __init__(self, background: Background, job: Job, *, new: bool) -> None:
        self._background = background
        self._last = None if new else _TAIL
        self._listeners: list[Callable[[Event], None]] = []
        self._future: concurrent.futures.Future[None] | None = None
        self.job = job
        self.place: tuple[int, int] | None = None
        self.tail = ""
        self.trouble = ""

    @property
    def over(self) -> bool:
        """Tell whether nothing will change any more."""
        return self.job.state in OVER

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Tell ``listener`` of every event, in the thread of the loop."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[Event], None]) -> None:
        """Tell it no longer."""
        self._listeners.remove(listener)

    def start(self) -> concurrent.futures.Future[None]:
        """Follow the job, if nobody does, until it is over."""
        self.job = self._background.verbs.jobs.get(self.job.token)
        if self._future is None or (self._future.done() and self._future.exception()):
            self.tail = ""
            self._future = self._background.start(self._follow())
        return self._future

    async def _follow(self) -> None:
        try:
            async for event in self._background.verbs.follow(self.job.token, self._last):
                self._tell(event)
        except MaiaError as e:
            self._tell(Trouble(e.message))
            raise

    def _tell(self, event: Event) -> None:
        self._note(event)
        for listener in list(self._listeners):
            listener(event)

    def _note(self, event: Event) -> None:
        match event:
            case Wrote(text=text):
                self.tail = (self.tail + text)[-_TAIL:]
            case Became(job=job, place=place):
                self.job, self.place = job, place
            case Trouble(said=said):
                self.trouble = said
