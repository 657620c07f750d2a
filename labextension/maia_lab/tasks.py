"""What a browser asked for and takes its time: it is told of it as it goes, and may give it up."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from maia_hub.core.errors import MaiaError, NotFound
from maia_lab.feeds import Feed
from maia_lab.handling import problem

log = logging.getLogger(__name__)
_KEPT = 50
"""Tasks that are over and still told to a browser that comes back."""

State = Literal["running", "asking", "done", "failed", "cancelled"]
T = TypeVar("T", bound="Task")


@dataclass
class Task:
    """Something that is being done for a tab."""

    kind: str
    tab: str
    subject: str
    feed: Feed
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "running"
    progress: Any = None
    result: Any = None
    problem: dict[str, Any] | None = None
    running: asyncio.Task[None] | None = None

    def tell(self) -> None:
        """Tell every browser how it is."""
        self.feed.tell("task", self.view())

    def at(self, progress: Any) -> None:
        """Note how far it is."""
        self.progress = progress
        self.tell()

    def give_up(self) -> None:
        """End it."""
        if self.running:
            self.running.cancel()

    def view(self) -> dict[str, Any]:
        """Return it as the browser is told of it."""
        told = ("id", "kind", "tab", "subject", "state", "progress", "result", "problem")
        return {name: getattr(self, name) for name in told}


class Tasks(Generic[T]):
    """All of them."""

    def __init__(self, feed: Feed, kind: type[T]) -> None:
        self._feed, self._kind = feed, kind
        self._tasks: dict[str, T] = {}

    def problem_of(self, error: MaiaError) -> dict[str, Any]:
        """Return how an error is told."""
        return problem(error)

    def start(self, kind: str, tab: str, subject: str, work: Callable[[T], Awaitable[Any]]) -> T:
        """Begin something; it ends as done with a result, as failed with a problem, or is cancelled."""
        task = self._kind(kind, tab, subject, self._feed)
        self._tasks[task.id] = task
        self._forget()
        task.running = asyncio.create_task(self._run(task, work))
        return task

    def views(self) -> list[dict[str, Any]]:
        """Return what is running, and what was lately."""
        return [task.view() for task in self._tasks.values()]

    def runs(self, kind: str, subject: str) -> bool:
        """Tell whether something of a kind is being done about a subject."""
        return bool(self.of(kind, subject))

    def of(self, kind: str, subject: str) -> list[T]:
        """Return those of a kind that are being done about a subject."""
        return [
            task
            for task in self._tasks.values()
            if task.running and (task.kind, task.subject) == (kind, subject)
        ]

    def find(self, task: str) -> T | None:
        """Return one by its id; None if it is forgotten."""
        return self._tasks.get(task)

    def cancel(self, task: str) -> None:
        """Give something up; what is over already is left as it is."""
        found = self.find(task)
        if found is None:
            raise NotFound("There is no such task any more.", given=task)
        found.give_up()

    async def close(self) -> None:
        """Give everything up."""
        running = [task.running for task in self._tasks.values() if task.running]
        for task in self._tasks.values():
            task.give_up()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, task: T, work: Callable[[T], Awaitable[Any]]) -> None:
        task.tell()
        try:
            task.result = await work(task)
            task.state = "done"
        except MaiaError as e:
            task.state, task.problem = "failed", self.problem_of(e)
        except asyncio.CancelledError:
            task.state = "cancelled"
        except Exception:
            log.exception("%s of %s failed", task.kind, task.subject)
            task.state, task.problem = "failed", problem(MaiaError("This failed; the server's log says why."))
        finally:
            task.running = None
            task.tell()

    def _forget(self) -> None:
        over = [task.id for task in self._tasks.values() if task.running is None]
        for each in over[:-_KEPT]:
            del self._tasks[each]
