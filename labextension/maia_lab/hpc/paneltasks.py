"""What a browser asked for and takes its time: it is told of it as it goes, and its person may be asked something.

An answer goes to who waits for it and nowhere else: it is kept, logged and told to nobody.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from maia_hub.core.errors import MaiaError, NotFound
from maia_hub.hpc.ssh.questions import Question
from maia_hub.hpc.transfer.progress import Progress
from maia_lab.hpc.panelfeed import Feed
from maia_lab.hpc.panelviews import problem

log = logging.getLogger(__name__)
ANSWER_WITHIN = 300.0
"""Seconds in which a person has to answer: codes are spent by then, and the tab that asked may be gone."""
_KEPT = 50
"""Tasks that are over and still told to a browser that comes back."""

State = Literal["running", "asking", "done", "failed", "cancelled"]


@dataclass
class Task:
    """Something that is being done for a tab."""

    kind: str
    tab: str
    subject: str
    tell: Callable[[Task], None]
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "running"
    question: Question | None = None
    question_id: str = ""
    progress: Progress | None = None
    result: Any = None
    problem: dict[str, Any] | None = None
    answer: asyncio.Future[str | None] | None = None
    running: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> str | None:
        """Ask the person at the tab; None if there is no answer."""
        self.question, self.question_id, self.state = question, secrets.token_hex(8), "asking"
        self.answer = asyncio.get_running_loop().create_future()
        self.tell(self)
        try:
            return await asyncio.wait_for(self.answer, ANSWER_WITHIN)
        except asyncio.TimeoutError:
            return None
        finally:
            self.question = self.answer = None
            self.state = "running"
            self.tell(self)

    def give_up(self) -> None:
        """End it; who waits for an answer gets none."""
        if self.answer and not self.answer.done():
            self.answer.set_result(None)
        if self.running:
            self.running.cancel()

    def at(self, progress: Progress) -> None:
        """Note how far it is."""
        self.progress = progress
        self.tell(self)

    def view(self) -> dict[str, Any]:
        """Return it as the browser is told of it."""
        asked, progress = self.question, self.progress
        return {
            "id": self.id,
            "kind": self.kind,
            "tab": self.tab,
            "subject": self.subject,
            "state": self.state,
            "question": asked
            and {name: getattr(asked, name) for name in asked.__struct_fields__} | {"id": self.question_id},
            "progress": progress and {name: getattr(progress, name) for name in progress.__struct_fields__},
            "result": self.result,
            "problem": self.problem,
        }


class Tasks:
    """All of them."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._tasks: dict[str, Task] = {}

    def start(self, kind: str, tab: str, subject: str, work: Callable[[Task], Awaitable[Any]]) -> Task:
        """Begin something; it ends as done with a result, as failed with a problem, or is cancelled."""
        task = Task(kind, tab, subject, self._tell)
        self._tasks[task.id] = task
        self._forget()
        task.running = asyncio.create_task(self._run(task, work))
        return task

    def views(self) -> list[dict[str, Any]]:
        """Return what is running, and what was lately."""
        return [task.view() for task in self._tasks.values()]

    def runs(self, kind: str, subject: str) -> bool:
        """Tell whether something of a kind is being done about a subject."""
        return any(
            task.running and (task.kind, task.subject) == (kind, subject) for task in self._tasks.values()
        )

    def answer(self, task: str, question: str, text: str | None) -> None:
        """Give an answer; NotFound if nobody waits for it any more."""
        found = self._tasks.get(task)
        waiting = found.answer if found and found.question_id == question else None
        if waiting is None or waiting.done():
            raise NotFound("Nobody waits for this answer any more.", advice="Start again what asked for it.")
        waiting.set_result(text)

    def cancel(self, task: str) -> None:
        """Give something up; what is over already is left as it is."""
        found = self._tasks.get(task)
        if found is None:
            raise NotFound("There is no such task any more.", given=task)
        found.give_up()

    async def close(self) -> None:
        """Give everything up."""
        running = [task.running for task in self._tasks.values() if task.running]
        for task in self._tasks.values():
            task.give_up()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, task: Task, work: Callable[[Task], Awaitable[Any]]) -> None:
        self._tell(task)
        try:
            task.result = await work(task)
            task.state = "done"
        except MaiaError as e:
            task.state, task.problem = "failed", problem(e)
        except asyncio.CancelledError:
            task.state = "cancelled"
        except Exception:
            log.exception("%s of %s failed", task.kind, task.subject)
            task.state, task.problem = "failed", problem(MaiaError("This failed; the server's log says why."))
        finally:
            task.running = None
            self._tell(task)

    def _tell(self, task: Task) -> None:
        self._feed.tell("task", task.view())

    def _forget(self) -> None:
        over = [task.id for task in self._tasks.values() if task.running is None]
        for each in over[:-_KEPT]:
            del self._tasks[each]
