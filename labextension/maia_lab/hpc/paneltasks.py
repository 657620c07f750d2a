"""What a browser asked for and takes its time, and on the way may have to ask its person something.

An answer goes to who waits for it and nowhere else: it is kept, logged and told to nobody.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any

from maia_hub.core.errors import MaiaError, NotFound
from maia_hub.hpc.ssh.questions import Question
from maia_hub.hpc.transfer.progress import Progress
from maia_lab import tasks
from maia_lab.feeds import Feed
from maia_lab.hpc.panelviews import problem

ANSWER_WITHIN = 300.0
"""Seconds in which a person has to answer: codes are spent by then, and the tab that asked may be gone."""


@dataclass
class Task(tasks.Task):
    """Something that is being done for a tab."""

    question: Question | None = None
    question_id: str = ""
    progress: Progress | None = None
    answer: asyncio.Future[str | None] | None = None

    async def ask(self, question: Question) -> str | None:
        """Ask the person at the tab; None if there is no answer."""
        self.question, self.question_id, self.state = question, secrets.token_hex(8), "asking"
        self.answer = asyncio.get_running_loop().create_future()
        self.tell()
        try:
            return await asyncio.wait_for(self.answer, ANSWER_WITHIN)
        except asyncio.TimeoutError:
            return None
        finally:
            self.question = self.answer = None
            self.state = "running"
            self.tell()

    def give_up(self) -> None:
        """End it; who waits for an answer gets none."""
        if self.answer and not self.answer.done():
            self.answer.set_result(None)
        super().give_up()

    def view(self) -> dict[str, Any]:
        """Return it as the browser is told of it."""
        asked, progress = self.question, self.progress
        return {
            **super().view(),
            "question": asked
            and {name: getattr(asked, name) for name in asked.__struct_fields__} | {"id": self.question_id},
            "progress": progress and {name: getattr(progress, name) for name in progress.__struct_fields__},
        }


class Tasks(tasks.Tasks[Task]):
    """All of them."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed, Task)

    def problem_of(self, error: MaiaError) -> dict[str, Any]:
        """Return how an error is told."""
        return problem(error)

    def answer(self, task: str, question: str, text: str | None) -> None:
        """Give an answer; NotFound if nobody waits for it any more."""
        found = self.find(task)
        waiting = found.answer if found and found.question_id == question else None
        if waiting is None or waiting.done():
            raise NotFound("Nobody waits for this answer any more.", advice="Start again what asked for it.")
        waiting.set_result(text)
