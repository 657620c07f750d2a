"""However many try at once, in however many processes, and whichever of them die: no node is overbooked.

The invariant: at no moment are more GPUs of a node booked than it has, but for those that it lost under bookings, and
of these the platform knows each; and what bears one key is done at most once.

The mechanism: one transaction writes at a time in the whole database (SQLite: ``BEGIN IMMEDIATE``; PostgreSQL: the
advisory lock `WRITER` at READ COMMITTED, which the triggers take for whoever does not), so what it has read stays true
until it commits; a trigger adds up the peak of use under each booking that is written and takes the statement back if
it exceeds the node (`maia_hub.store.guards`), whatever the program believed; and the answer to a key is written in the
transaction that does what it answers for (`maia_hub.desk.repeating`), so that a death leaves both or neither.

Here several processes do over few GPUs all that changes what is booked (`tests.desk.attempts`): book, move, extend,
shorten, cancel, hand over, repeat, wait and be promoted, block a node, lose a GPU; by the rules and past them; and in
between they book and move by SQL alone, without the program and its lock (`tests.desk.by_hand`). They are
killed from outside at any moment, and kill themselves between writing and committing and between committing and knowing
it; who takes over tries the last one again under its key. Somebody looks at the database all the while, and in the end
at all of it, by SQL of its own (`tests.desk.invariants`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from multiprocessing.connection import wait
from random import Random
from secrets import randbelow

import pytest
from sqlalchemy import URL

from tests.desk.attempts import EACH
from tests.desk.chance import STEP, Worker, office
from tests.desk.invariants import broken, peak, unwarned
from tests.desk.office import NOON
from tests.store import raw
from tests.store.raw import Raw

PROCESSES = 2
LOOK_EVERY = 0.5
"""Seconds; more rarely once a look takes long, for there is ever more to look at."""
AHEAD = 1_000 * STEP
"""From now on: within that time a shortage need not be known, for nobody knows how far the others are by now."""
KILLED_EVERY = 1_250
"""Attempts between two deaths from outside: as many as the processes bring upon themselves."""
TOLD_EVERY = 30  # seconds
ROUND = 100_000
"""Attempts at one database: the more has happened in it the longer each takes."""
OFTEN = (
    "booking.changed",
    "booking.extended",
    "booking.handed-over",
    "series.booked",
    "wish.booked",
    "outage.added",
)
"""What happens some ten times in 10,000 attempts or more; an offer is accepted two or three times in them."""
BY_HAND = 9
"""Of ten attempts of a million; they take a tenth of the time of those at the desk."""


def attempt(
    where: URL, attempts: int, seed: int, tell: Callable[[list[Worker]], None], by_hand: int = 1
) -> list[Worker]:
    """Let processes try so often in all, kill some, and look meanwhile; return them when all is done."""
    chance = Random(seed)
    workers = [Worker(where, f"{seed}.{n}", attempts // PROCESSES, by_hand) for n in range(PROCESSES)]
    office(where).close()
    took = 0.0
    with closing(raw.opened(where)) as db:
        at = sorted(chance.randrange(attempts) for _ in range(attempts // KILLED_EVERY))
        while going := [worker.process for worker in workers if worker.go_on() and worker.process]:
            wait([process.sentinel for process in going], max(LOOK_EVERY, 20 * took))
            took = look(db, workers)
            while at and _done(workers) >= at[0]:
                del at[0]
                chance.choice(workers).kill()
            tell(workers)
    return workers


def look(db: Raw, workers: list[Worker]) -> float:
    """See that nothing is overbooked now, and nothing short of which nobody knows; return the seconds it took."""
    begun = time.monotonic()
    assert peak(db, min(worker.now for worker in workers)) <= EACH
    assert unwarned(db, max(worker.now for worker in workers) + AHEAD) == 0
    return time.monotonic() - begun


def judge(where: URL, workers: list[Worker], kinds: Sequence[str] = OFTEN) -> None:
    """See that all was tried, some died, and that what is in the database is as it must be."""
    assert [worker.done.value for worker in workers] == [worker.attempts for worker in workers]
    assert sum(worker.died for worker in workers) >= _done(workers) // KILLED_EVERY // 2
    with closing(raw.opened(where)) as db:
        assert peak(db, NOON) == EACH
        assert unwarned(db, max(worker.now for worker in workers)) == 0
        assert broken(db) == {}
        happened = "SELECT COUNT(*) FROM events WHERE action = ?"
        assert min(db.count(happened, kind) for kind in kinds) > 0


def test_ten_thousand_attempts_overbook_nothing(where: URL) -> None:
    judge(where, attempt(where, 10_000, 1, lambda _: None))


@pytest.mark.soak
def test_a_million_attempts_overbook_nothing(another: Callable[[], URL], pytestconfig: pytest.Config) -> None:
    """On each kind of database; `make soak ARGS="--attempts 100000 --seed 7"` tries fewer, or the same again."""
    attempts, seed = pytestconfig.getoption("attempts"), pytestconfig.getoption("seed")
    seed = randbelow(10**6) if seed is None else seed
    where = another()
    report = Progress(pytestconfig, f"{where.get_backend_name()}, seed {seed}", attempts)
    for begun in range(0, attempts, ROUND):
        workers = attempt(where, min(ROUND, attempts - begun), seed + begun, report, BY_HAND)
        judge(where, workers, [*OFTEN, "wish.accepted"])
        report.round_over(workers)
        where = another()


class Progress:
    """Says on the terminal how far they are, now and then."""

    def __init__(self, config: pytest.Config, what: str, attempts: int) -> None:
        self._write = config.pluginmanager.getplugin("terminalreporter").write_line
        self._capture = config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled
        self._what, self._attempts = what, attempts
        self._begun = self._told = time.monotonic()
        self._before = self._died = 0
        self._say("begun")

    def __call__(self, workers: list[Worker]) -> None:
        now, done = time.monotonic(), self._before + _done(workers)
        if now - self._told < TOLD_EVERY and done < self._attempts:
            return
        self._told, rate = now, done / (now - self._begun)
        died = self._died + sum(worker.died for worker in workers)
        left = (self._attempts - done) / rate / 60 if rate else 0
        self._say(
            f"{done:,} of {self._attempts:,}, {rate:.0f} a second, {died} deaths, {left:.0f} minutes left"
        )

    def round_over(self, workers: list[Worker]) -> None:
        """Count on from what was done and who died."""
        self._before += _done(workers)
        self._died += sum(worker.died for worker in workers)

    def _say(self, text: str) -> None:
        with self._capture():
            self._write(f"\n{self._what}: {text}")


def _done(workers: list[Worker]) -> int:
    return sum(worker.done.value for worker in workers)
