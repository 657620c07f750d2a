"""A seeded simulation of a pool that is asked for twice as much as opens: does anybody wait for ever?

The bound: once a wish has waited for the patience, it is served by the (n + 1)-th opening that fits it, where n older
wishes wait at that moment. An opening that it loses is lost to one of these.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId, UserName, WishId
from maia_hub.core.interval import Interval
from maia_hub.core.view import Taken
from maia_hub.core.waitlist import Waiting, Wish, fit, openings, promotions
from tests.core.people import DAY, HOUR, POOL, T0

NODE = Node(NodeId("n1"), POOL, 4)
HEAVY = 500
"""GPU-hours of those who always come last by their use."""


class Pool:
    """A node that is booked out; now and then somebody cancels, and twice as often somebody else comes to wait."""

    def __init__(self, seed: int, rules: Waiting) -> None:
        self.random, self.rules = Random(seed), rules
        self.waiting: dict[WishId, Wish] = {}
        self.aged: dict[WishId, int] = {}
        self.lost: dict[WishId, int] = {}
        self.served = self.heavy = 0

    def run(self, days: int) -> None:
        """Let time pass, hour by hour."""
        for hour in range(days * 24):
            now = T0 + hour * HOUR
            self._arrive(now, hour)
            self.waiting = {w.id: w for w in self.waiting.values() if not w.passed(now)}
            self._age(now)
            if hour % 2:
                self._open(now)

    def overdue(self) -> list[WishId]:
        """Return those that lost more openings than there were older ones."""
        return [wish for wish, lost in self.lost.items() if lost > self.aged[wish]]

    def _arrive(self, now: datetime, hour: int) -> None:
        heavy = self.random.random() < 0.1
        gpus, length = self.random.choice((1, 1, 2)), self.random.choice((2, 4, 6)) * HOUR
        start = now + self.random.randrange(24) * HOUR
        made = Wish(
            id=WishId(UUID(int=hour)),
            user=UserName(f"user-{hour}"),
            pool=POOL,
            gpus=gpus,
            length=length,
            window=Interval(start, start + self.random.randrange(10, 60) * DAY),
            since=now,
            use=HEAVY if heavy else 0,
        )
        self.waiting[made.id] = made

    def _age(self, now: datetime) -> None:
        """Count, for each wish that has waited long enough now, the older ones; the bound follows from it."""
        for wish in self.waiting.values():
            if wish.id not in self.aged and now - wish.since >= PATIENCE:
                self.aged[wish.id] = sum(w.since < wish.since for w in self.waiting.values())
                self.lost[wish.id] = 0

    def _open(self, now: datetime) -> None:
        start = now + self.random.randrange(1, 48) * HOUR
        freed, gpus = (
            Interval(start, start + self.random.choice((4, 6, 8)) * HOUR),
            self.random.choice((1, 2, 2)),
        )
        far = now + 100 * DAY
        taken: list[Taken] = [(now, freed.start, 4), (freed.start, freed.end, 4 - gpus), (freed.end, far, 4)]
        (opening,) = openings(NODE, taken, freed, now)
        fitting = [w.id for w in self.waiting.values() if w.id in self.aged and fit(w, opening, now)]
        for wish, _ in promotions(
            self.waiting.values(), NODE, taken, freed, now, self.rules, lambda _w, _i: True
        ):
            del self.waiting[wish.id]
            self.served += 1
            self.heavy += wish.use == HEAVY
        for wish_id in fitting:
            self.lost[wish_id] += wish_id in self.waiting


PATIENCE = timedelta(days=7)


@pytest.mark.parametrize("seed", range(3))
def test_every_wish_that_stays_possible_is_served_within_the_bound(seed: int) -> None:
    pool = Pool(seed, Waiting(patience=PATIENCE))
    pool.run(60)
    assert pool.served > 200
    assert pool.heavy > 10
    assert pool.overdue() == []


def test_without_the_patience_the_same_pool_starves_those_who_used_much() -> None:
    pool = Pool(0, replace(Waiting(), patience=timedelta(days=10_000)))
    pool.run(60)
    assert len(pool.overdue()) > 20
