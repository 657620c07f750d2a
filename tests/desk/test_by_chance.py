"""However many try at once, in however many processes, and whichever of them die: no node is overbooked.

The invariant: at no moment are more GPUs of a node booked than it has; and what bears one key is booked at most once.

The mechanism: one transaction writes at a time in the whole database (SQLite: ``BEGIN IMMEDIATE``; PostgreSQL: the
advisory lock `WRITER` at READ COMMITTED, which the triggers take for whoever does not), so what it has read stays true
until it commits; a trigger adds up the peak of use under each booking that is written and takes the statement back if
it exceeds the node (`maia_hub.store.guards`), whatever the program believed; and the answer to a key is written in the
transaction that does what it answers for (`maia_hub.desk.repeating`), so that a death leaves both or neither.

Here several processes book, move and cancel over few GPUs, by the rules and past them; they are killed from outside at
any moment, and kill themselves between writing and committing and between committing and knowing it; who takes over
tries the last one again under its key. Somebody looks at the database all the while.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from itertools import accumulate
from multiprocessing.connection import wait
from random import Random

import pytest
from sqlalchemy import URL

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.interval import Interval
from tests.desk.chance import EACH, NODES, STEP, Worker, office
from tests.desk.office import ADA, NOON, Office
from tests.store import raw

PROCESSES = 2
KILLS = 4
LOOK_EVERY = 0.5  # seconds


def peaks(bookings: Iterable[Booking]) -> dict[str, int]:
    """Return for each node the most GPUs that are booked at one moment."""
    steps: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for booking in bookings:
        if booking.occupied is not None and booking.state is not BookingState.REQUESTED:
            steps[booking.node] += [
                (booking.occupied.start, booking.gpus),
                (booking.occupied.end, -booking.gpus),
            ]
    return {node: max(accumulate(gpus for _, gpus in sorted(found))) for node, found in steps.items()}


def look(seen: Office, begun: datetime = NOON) -> None:
    """See that no node is overbooked from some moment on."""
    found = peaks(seen.desk.bookings(ADA, NOON, interval=Interval(begun, NOON + timedelta(days=1000))))
    assert len(found) <= NODES
    assert max(found.values(), default=0) <= EACH


def attempt(where: URL, attempts: int, kills: int) -> list[Worker]:
    """Let processes try so often in all, kill some, and look meanwhile; return them when all is done."""
    chance = Random(attempts)
    workers = [Worker(where, seed, attempts // PROCESSES) for seed in range(PROCESSES)]
    with closing(office(where)) as seen:
        at = sorted(chance.randrange(attempts) for _ in range(kills))
        while going := [worker.process for worker in workers if worker.go_on() and worker.process]:
            wait([process.sentinel for process in going], LOOK_EVERY)
            look(seen, NOON + min(worker.done.value for worker in workers) * STEP)
            if at and sum(worker.done.value for worker in workers) >= at[0]:
                del at[0]
                chance.choice(workers).kill()
        look(seen)
    return workers


def judge(where: URL, workers: list[Worker]) -> None:
    """See that all was tried, some had luck, some died, and each key did what its answer says, once."""
    with closing(office(where)) as seen:
        booked = Counter(booking.note for booking in seen.desk.bookings(ADA, NOON) if booking.note)
    with closing(raw.opened(where)) as db:
        answers = db.count("SELECT count(*) FROM answers")
        lacking = db.count("SELECT count(*) FROM bookings b WHERE b.note <> '' AND NOT EXISTS"
                           " (SELECT 1 FROM answers a WHERE a.key = b.note)")  # fmt: skip
    assert set(booked.values()) == {1}
    assert len(booked) <= answers
    assert lacking == 0
    assert sum(worker.died for worker in workers) >= KILLS


def test_ten_thousand_attempts_overbook_nothing(where: URL) -> None:
    workers = attempt(where, 5_000, KILLS)
    assert [worker.done.value for worker in workers] == [2_500, 2_500]
    judge(where, workers)


@pytest.mark.soak
def test_a_million_attempts_overbook_nothing(where: URL) -> None:
    workers = attempt(where, 500_000, 40)
    assert sum(worker.done.value for worker in workers) == 500_000
    assert sum(worker.died for worker in workers) >= 40
