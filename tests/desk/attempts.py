"""What is tried at random: all that changes what is booked, by the rules and past them, and what takes GPUs away."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from uuid import NAMESPACE_URL, uuid5

from maia_hub.core.bookings import Booking, BookingEvent, BookingState
from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.core.gpus import Outage, Trouble
from maia_hub.core.ids import BookingId, NodeId, PoolId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.waitlist import WishState
from maia_hub.desk import Actor, Answer, Asked, Keyed, Repeated
from tests.desk.by_hand import ByHand, Wanted
from tests.desk.office import BOSS, Office, gpus

NODES, EACH = 2, 2
PEOPLE = 20
KEPT = timedelta(days=10_000)
"""Answers are never forgotten here: in the end all of them are compared with what was done."""
_POOL = PoolId("a6000")
_QUARTER = timedelta(minutes=15)
_AHEAD = 32
"""Quarters of an hour within which all want to book: they are taken most of the time."""
_DEATH = 0.0008
_DEATH_BY_HAND = 0.0002
_PATIENCE = 10
"""How often one attempt is made if the database is busy; each waits for as long as the store does."""
_OUTAGES = 3
"""As many are planned at most at a time: with more, nothing could be booked any more."""
WEIGHTS = {
    "insert": 50,
    "place": 20,
    "book": 8,
    "end": 6,
    "move": 4,
    "extend": 3,
    "shorten": 3,
    "wish": 4,
    "answer": 2,
    "tick": 3,
    "hand_over": 2,
    "repeat": 1,
    "cancel_series": 1,
    "block": 1,
    "unblock": 1,
    "lose": 1,
    "mend": 1,
}
"""How often what is tried. The first two go past the rules; all others are answered once for a key."""
_PAST_THE_RULES = ("insert", "place")


@dataclass
class Attempt:
    """One attempt; the same again if it is made again by a process that took over from one that died."""

    office: Office
    chance: Random
    number: str
    dies: bool

    def make(self) -> None:
        """Try something; most of it is refused, some of it is asked twice, and now and then it is death."""
        (what,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        self.key = f"{what}:{self.number}"
        act: Callable[[UserName], object] = getattr(self, f"_{what}")
        dies_before, dies_after = (self.chance.random() < _DEATH and self.dies for _ in range(2))
        repeats = self.chance.random() < 0.1
        user = self._somebody()

        def fatal() -> Answer:
            answer = Answer(200, str(act(user)))
            if dies_before:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        for _ in range(1 + repeats):
            self._ask(user, fatal, keyed=what not in _PAST_THE_RULES)
        if dies_after:
            os.kill(os.getpid(), signal.SIGKILL)

    def make_by(self, hand: ByHand) -> None:
        """Try past all of it, by SQL; now and then it is death, too."""
        wanted = Wanted(self._somebody(), self._node(), self.chance.randint(1, EACH), self._interval())
        dies = self.chance.random() < _DEATH_BY_HAND and self.dies
        hand.make(self.number, self.chance, wanted, self.office.now)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)

    def _ask(self, user: UserName, act: Callable[[], Answer], *, keyed: bool) -> None:
        """Ask until there is an answer: SQLite lets in who asks at the right moment, and has no line to wait in."""
        for left in reversed(range(_PATIENCE)):
            try:
                if keyed:
                    one = Keyed(user, self.key, self.key)
                    self.office.desk.once(one, self.office.now, KEPT, act)
                else:
                    with self.office.desk._write(self.office.now) as work, self.office.desk._joined(work):
                        act()
            except MaiaError as e:
                if left and e.code == Unavailable.code:
                    continue
                assert e.code != Unavailable.code, e  # noqa: PT017
            return

    # ---- by the rules, which look for room: what is asked again bears the same key

    def _book(self, user: UserName) -> object:
        return self.office.desk.book(Actor(user), self._asked(), self.office.now).id

    def _end(self, _: UserName) -> object:
        booking = self._one_of(self._live())
        who, event = self.chance.choice(
            [
                (Actor(booking.user), BookingEvent.CANCEL),
                (Actor(booking.user), BookingEvent.RELEASE),
                (BOSS, BookingEvent.REVOKE),
            ]
        )
        return self.office.desk.end(who, booking.id, event, "", self.office.now).id

    def _move(self, _: UserName) -> object:
        booking, when = self._one_of(self._live()), self._interval()
        return self._change(booking, when)

    def _shorten(self, _: UserName) -> object:
        booking = self._one_of(self._live())
        until = max(booking.interval.end - _QUARTER, booking.interval.start + timedelta(minutes=1))
        return self._change(booking, Interval(booking.interval.start, until))

    def _change(self, booking: Booking, when: Interval) -> object:
        owner, now = Actor(booking.user), self.office.now
        return self.office.desk.change(owner, booking.id, when.start, when.end, None, now).id

    def _extend(self, _: UserName) -> object:
        booking = self._one_of(self._live())
        until = booking.interval.end + self.chance.randint(1, 4) * _QUARTER
        return self.office.desk.extend(Actor(booking.user), booking.id, until, self.office.now).id

    def _hand_over(self, user: UserName) -> object:
        booking = self._one_of(
            self._live()
        )  # by another one: her note, which is the key that booked, stays behind
        return self.office.desk.hand_over(BOSS, booking.id, Actor(user), self.office.now).id

    def _repeat(self, user: UserName) -> object:
        wish = Repeated(asked=self._asked(), rule="FREQ=DAILY;COUNT=3", zone="Europe/Stockholm", partly=True)
        return len(self.office.desk.book_series(Actor(user), wish, self.office.now).bookings)

    def _cancel_series(self, _: UserName) -> object:
        booking = self._one_of([each for each in self._live() if each.series])
        assert booking.series
        owner, now = Actor(booking.user), self.office.now
        since = self.chance.choice([None, booking.id])
        return self.office.desk.cancel_series(owner, booking.series, since, now).series.id

    def _wish(self, user: UserName) -> object:
        asked = self._asked()
        latest = asked.interval.start + self.chance.randrange(16) * _QUARTER
        return self.office.desk.wish(Actor(user), asked, latest, self.office.now).wish.id

    def _answer(self, user: UserName) -> object:
        """Take what is offered, turn it down, or wait no longer."""
        desk, now = self.office.desk, self.office.now
        with desk._read(now) as work:
            offered = work.tx.wishes.offered()
        wish = self.chance.choice([*offered, *(w.wish for w in desk.wishes(user, now))] or [None])
        if wish is None:
            return ""
        if wish.state is WishState.OFFERED and self.chance.random() < 0.6:
            return desk.accept_wish(Actor(wish.user), wish.id, now).id
        answer = self.chance.choice([desk.decline_wish, desk.withdraw_wish])
        return answer(wish.user, wish.id, now)

    def _tick(self, _: UserName) -> object:
        return len(self.office.desk.tick(self.office.now))

    # ---- GPUs that go and come

    def _block(self, _: UserName) -> object:
        outage = Outage(self._node(), self._interval(), self.chance.randint(1, EACH), "a fan")
        if len(self.office.desk.outages(self.office.now)) >= _OUTAGES:
            return ""
        despite = self.chance.random() < 0.5
        return self.office.desk.add_outage(BOSS, outage, self.office.now, despite_bookings=despite)

    def _unblock(self, _: UserName) -> None:
        planned = [n for n, each in self.office.desk.outages(self.office.now) if not each.by_cluster]
        if planned:
            self.office.desk.remove_outage(BOSS, planned[0], self.office.now)

    def _lose(self, _: UserName) -> None:
        """Let a GPU break, or a node not be ready."""
        there, trouble = gpus(NODES, EACH), Trouble(self._node(), "not ready", away=True)
        if self.chance.random() < 0.5:
            self.office.desk.sync_inventory(there, self.office.now, [trouble])
        else:
            there.remove(self.chance.choice(there))
            self.office.desk.sync_inventory(there, self.office.now)

    def _mend(self, _: UserName) -> None:
        self.office.desk.sync_inventory(gpus(NODES, EACH), self.office.now)

    # ---- past the rules, where the database alone stands guard: what is asked again is the same booking

    def _insert(self, user: UserName) -> object:
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
        return booking.id

    def _place(self, _: UserName) -> object:
        with self.office.desk._write(self.office.now) as work:
            live = work.tx.bookings.live()
            if live:
                booking, n = self.chance.choice(live), self.chance.randint(1, EACH)
                placed = replace(booking, node=self._node(), gpus=n, interval=self._interval())
                work.tx.bookings.put(placed)
        return ""

    # ---- what they take by chance

    def _live(self) -> list[Booking]:
        with self.office.desk._read(self.office.now) as work:
            return [b for b in work.tx.bookings.live() if b.interval.end > self.office.now]

    def _one_of(self, bookings: list[Booking]) -> Booking:
        if not bookings:
            raise MaiaError("There is nothing to change.")
        return self.chance.choice(bookings)

    def _asked(self) -> Asked:
        asked = Asked(interval=self._interval(), gpus=self.chance.randint(1, EACH), pool=_POOL)
        return replace(asked, note=self.key)

    def _somebody(self) -> UserName:
        return UserName(f"user{self.chance.randrange(PEOPLE)}")

    def _node(self) -> NodeId:
        return NodeId(f"a6000-{self.chance.randrange(NODES)}")

    def _interval(self) -> Interval:
        start = self.office.now + self.chance.randrange(_AHEAD) * _QUARTER
        return Interval(start, start + self.chance.randint(1, 8) * _QUARTER)
