"""The loop of a kernel in which jobs are followed, while a cell runs and while none does.

Questions (a code, a passphrase, an unknown host's key) are put by the thread that runs cells, while it waits for
something here; if it does not, there is nobody to ask. Answers are handed on and kept nowhere.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import getpass
import queue
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from IPython.core.error import StdinNotImplementedError

from maia_hub.hpc.reaching import ByBroker
from maia_hub.hpc.ssh.questions import Question
from maia_hub.hpc.verbs import Verbs

T = TypeVar("T")
_Call = Callable[[], None]


class Background:
    """Runs what waits for systems beside the kernel; ``verbs`` may only be used by what runs there."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._inbox: queue.SimpleQueue[_Call] | None = None
        self._asked: set[asyncio.Future[str | None]] = set()
        self.verbs = Verbs(by=ByBroker(self._ask))
        threading.Thread(target=self._loop.run_forever, name="maia-hpc", daemon=True).start()

    def start(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Let something run, whether or not anybody waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something and wait for it; an interrupt ends it."""
        future = self.start(work)
        try:
            return self.wait(future)
        except KeyboardInterrupt:
            future.cancel()
            raise

    def wait(self, future: concurrent.futures.Future[T], timeout: float | None = None) -> T:
        """Wait for something that runs, answering its questions; an interrupt leaves it running."""
        inbox = self._inbox = queue.SimpleQueue()
        future.add_done_callback(lambda _: inbox.put(lambda: None))
        end = None if timeout is None else time.monotonic() + timeout
        try:
            while not (future.done() and inbox.empty()):
                left = 1.0 if end is None else end - time.monotonic()
                if left <= 0:
                    raise TimeoutError("It is not over yet.")
                with suppress(queue.Empty):
                    inbox.get(timeout=min(left, 1.0))()
            return future.result()
        finally:
            self._inbox = None
            self._loop.call_soon_threadsafe(self._nobody)

    def call(self, what: _Call) -> None:
        """Have something done by the thread that runs cells, if it waits; otherwise not at all."""
        inbox = self._inbox
        if inbox is not None:
            inbox.put(what)

    async def _ask(self, question: Question) -> str | None:
        inbox = self._inbox
        if inbox is None:
            return None
        waiting: asyncio.Future[str | None] = self._loop.create_future()
        self._asked.add(waiting)
        inbox.put(lambda: self._answer(question, waiting))
        try:
            return await waiting
        finally:
            self._asked.discard(waiting)

    def _answer(self, question: Question, waiting: asyncio.Future[str | None]) -> None:
        given = answered(question)

        def hand_over() -> None:
            if not waiting.done():
                waiting.set_result(given)

        self._loop.call_soon_threadsafe(hand_over)

    def _nobody(self) -> None:
        """Answer what nobody will any more, unless somebody waits again."""
        for waiting in self._asked if self._inbox is None else ():
            if not waiting.done():
                waiting.set_result(None)


def answered(question: Question) -> str | None:
    """Ask the person at the notebook; None if there is none."""
    try:
        for line in filter(None, (question.host, question.instructions)):
            print(line)
        if question.kind == "host-key":
            print(question.text)
            return "yes" if input("Is that right? (yes/no) ").strip().lower() in {"y", "yes"} else "no"
        return input(question.text) if question.echo else getpass.getpass(question.text)
    except (StdinNotImplementedError, EOFError):
        return None
