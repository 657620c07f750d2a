"""Processes that book, move and cancel at random, die at random, and go on where they died."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.sharedctypes import Synchronized
from random import Random
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import URL

from maia_hub.core.bookings import Booking, BookingEvent, BookingState
from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import BookingId, NodeId, PoolId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.policy import PolicySet
from maia_hub.desk import Actor, Answer, Desk, Keyed
from maia_hub.store import Store
from tests.desk.office import NOON, Office, gpus

NODES, EACH = 2, 2
KEPT = timedelta(hours=24)
STEP = timedelta(seconds=10)
_POOL = PoolId("a6000")
_QUARTER = timedelta(minutes=15)
_AHEAD = 32
"""Quarters of an hour within which all want to book: they are taken most of the time."""
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
    """One process' share of the attempts; ``done`` is how many of them it knows to be over."""

    where: URL
    seed: int
    attempts: int
    done: Synchronized[int] = field(default_factory=lambda: _CONTEXT.Value("q", 0))
    died: int = 0
    process: ForkServerProcess | None = None

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
        self.process = _CONTEXT.Process(
            target=_work, args=(self.where, self.seed, self.attempts, self.done, self.process is not None)
        )
        self.process.start()
        return True

    def kill(self) -> None:
        """Let the process die wherever it is."""
        if self.process is not None:
            self.process.kill()


def _work(where: URL, seed: int, attempts: int, done: Synchronized[int], again: bool) -> None:
    with closing(Branch(where)) as made:
        for number in range(done.value, attempts):
            made.now = NOON + number * STEP
            attempt = Attempt(made, Random(seed * attempts + number), f"{seed}.{number}", dies=not again)
            attempt.make()
            made.events.clear()
            done.value, again = number + 1, False


@dataclass
class Attempt:
    """One attempt; the same again if it is made again by a process that took over from one that died."""

    office: Office
    chance: Random
    key: str
    dies: bool

    def make(self) -> None:
        """Try something; most of it is refused, some of it is asked twice, and now and then it is death."""
        keyed = {self._book, self._end}
        act = self.chance.choice([self._book, self._end, *(self._insert,) * 5, *(self._move,) * 2])
        dies_before, dies_after = (self.chance.random() < 0.0008 and self.dies for _ in range(2))
        repeats = self.chance.random() < 0.1
        user = UserName(f"user{self.chance.randrange(20)}")

        def fatal() -> Answer:
            answer = act(user)
            if dies_before:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        for _ in range(1 + repeats):
            try:
                if act in keyed:
                    one = Keyed(user, self.key, self.key)
                    self.office.desk.once(one, self.office.now, KEPT, fatal)
                else:
                    with self.office.desk._write(self.office.now) as work, self.office.desk._joined(work):
                        fatal()
            except MaiaError as e:
                assert e.code != "unavailable", e  # noqa: PT017
        if dies_after:
            os.kill(os.getpid(), signal.SIGKILL)

    # ---- by the rules, which look for room: what is asked again bears the same key

    def _book(self, user: UserName) -> Answer:
        asked = self.office.asked(0, 1, self.chance.randint(1, EACH), _POOL)
        wish = replace(asked, interval=self._interval(), note=self.key)
        return _answer(self.office.desk.book(Actor(user), wish, self.office.now))

    def _end(self, _: UserName) -> Answer:
        with self.office.desk._read(self.office.now) as work:
            booking = self._one([b for b in work.tx.bookings.live() if b.state is BookingState.CONFIRMED])
        if booking is not None:
            actor, now = Actor(booking.user), self.office.now
            self.office.desk.end(actor, booking.id, BookingEvent.CANCEL, "", now)
        return _answer(booking)

    # ---- past them, where the database alone stands guard: what is asked again is the same booking

    def _insert(self, user: UserName) -> Answer:
        booking = Booking(
            id=BookingId(uuid5(NAMESPACE_URL, self.key)),
            user=user,
            pool=_POOL,
            node=self._node(),
            gpus=self.chance.randint(1, EACH),
            interval=self._interval(),
            state=BookingState.CONFIRMED,
            created=self.office.now,
        )
        with self.office.desk._write(self.office.now) as work:
            work.tx.bookings.add(booking)
        return _answer(booking)

    def _move(self, _: UserName) -> Answer:
        with self.office.desk._write(self.office.now) as work:
            booking = self._one(work.tx.bookings.live())
            if booking is not None:
                moved = replace(
                    booking, node=self._node(), gpus=self.chance.randint(1, EACH), interval=self._interval()
                )
                work.tx.bookings.put(moved)
        return _answer(booking)

    def _one(self, bookings: list[Booking]) -> Booking | None:
        return self.chance.choice(bookings) if bookings else None

    def _node(self) -> NodeId:
        return NodeId(f"a6000-{self.chance.randrange(NODES)}")

    def _interval(self) -> Interval:
        start = self.office.now + self.chance.randrange(_AHEAD) * _QUARTER
        return Interval(start, start + self.chance.randint(1, 8) * _QUARTER)


def _answer(booking: Booking | None) -> Answer:
    return Answer(200, str(booking.id) if booking else "")
