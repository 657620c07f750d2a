"""Processes that try at random, die at random, and go on where they died."""

from __future__ import annotations

import logging
import signal
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.sharedctypes import Synchronized
from random import Random

from sqlalchemy import URL

from maia_hub.core.policy import PolicySet
from maia_hub.desk import Desk
from maia_hub.store import Store
from tests.desk.attempts import EACH, NODES, Attempt
from tests.desk.by_hand import ByHand
from tests.desk.office import NOON, Office, gpus

STEP = timedelta(seconds=10)
"""How much later each attempt of a process at the desk is than the one before."""
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


def office(where: URL) -> Office:
    """Return the office at which all of them try."""
    return Office(where, found=gpus(nodes=NODES, each=EACH))


class Branch(Office):
    """An office at a database that is there already: looking whether it is takes longer than hundreds of attempts."""

    def __post_init__(self) -> None:
        assert isinstance(self.where, URL)
        self.store = Store(self.where)
        self.desk = Desk(self.store, PolicySet(self.policy), self.closing, self._told, self.events.append)


@dataclass
class Worker:
    """One process' share of the attempts; ``done`` is how many of them it knows to be over.

    After each attempt at the desk it makes so many more ``by_hand``.
    """

    where: URL
    seed: str
    attempts: int
    by_hand: int
    done: Synchronized[int] = field(default_factory=lambda: _CONTEXT.Value("q", 0))
    died: int = 0
    process: ForkServerProcess | None = None

    @property
    def now(self) -> datetime:
        """How late it is for the process, as far as is known."""
        return NOON + self.done.value // (1 + self.by_hand) * STEP

    def go_on(self) -> bool:
        """Start the process, again if it died; return whether there is anything left to do."""
        if self.process is not None and self.process.is_alive():
            return True
        if self.process is not None:
            self.process.join()
            self.died += self.process.exitcode == -signal.SIGKILL
            assert self.process.exitcode in (0, -signal.SIGKILL)
        if self.done.value >= self.attempts:
            return False
        again = self.process is not None
        self.process = _CONTEXT.Process(
            target=_work, args=(self.where, self.seed, self.attempts, self.by_hand, self.done, again)
        )
        self.process.start()
        return True

    def kill(self) -> None:
        """Let the process die wherever it is."""
        if self.process is not None:
            self.process.kill()


def _work(where: URL, seed: str, attempts: int, by_hand: int, done: Synchronized[int], again: bool) -> None:
    log = logging.getLogger("maia_hub")
    log.addHandler(_Strict())
    log.setLevel(logging.ERROR)
    with closing(Branch(where)) as made, closing(ByHand(where)) as hand:
        for number in range(done.value, attempts):
            steps, more = divmod(number, 1 + by_hand)
            made.now = NOON + steps * STEP
            attempt = Attempt(made, Random(f"{seed}.{number}"), f"{seed}.{number}", dies=not again)
            if more:
                attempt.make_by(hand)
            else:
                attempt.make()
            made.events.clear()
            done.value, again = number + 1, False


class _Strict(logging.Handler):
    """Lets a process fail by what would only be logged: that who waits was passed over by mistake."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage()) from (record.exc_info[1] if record.exc_info else None)
