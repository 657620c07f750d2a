"""A few threads that share out work, all of which end at the first failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence


class Stopped(Exception):
    """The work is not wanted any more."""


class Stop:
    """Says that it is enough; several threads look at it."""

    def __init__(self) -> None:
        self._said = threading.Event()

    def say(self) -> None:
        """Let everybody end."""
        self._said.set()

    def look(self) -> None:
        """Raise `Stopped` when it has been said."""
        if self._said.is_set():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Wait, or raise `Stopped`."""
        if self._said.wait(seconds):
            raise Stopped


def work(jobs: Sequence[Callable[[], None]], stop: Stop) -> None:
    """Do all in a thread each; the first failure, and an interrupt here, stop the others, which have ended then."""
    failures: list[BaseException] = []

    def do(job: Callable[[], None]) -> None:
        try:
            job()
        except Stopped:
            pass
        except BaseException as error:  # told by the thread that waits
            failures.append(error)
            stop.say()

    threads = [threading.Thread(target=do, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        stop.say()
        for thread in threads:
            thread.join()
        raise
    if failures:
        raise failures[0]
    stop.look()
