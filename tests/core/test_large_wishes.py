"""A seeded simulation of a node that is always full: does a wish for all of its GPUs ever come to its booking?

Whatever comes free is booked within the hour by people who want one GPU for a few hours, and so is each hour that
comes within the time that one may book ahead. The bound (`maia_hub.core.keeping`): if the window of a wish reaches
beyond that time, it is served within the longest of those bookings and its own length, once it has waited for the
patience; and what is missing of its place never grows before that place begins.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from maia_hub.core.gpus import Node
from maia_hub.core.ids import NodeId, UserName, WishId
from maia_hub.core.interval import Interval
from maia_hub.core.keeping import Kept, Place, kept, place_for
from maia_hub.core.room import Room
from maia_hub.core.view import Taken, over_time
from maia_hub.core.waitlist import Wish
from tests.core.people import DAY, HOUR, POOL, T0

NODE = Node(NodeId("n1"), POOL, 4)
HORIZON = 5 * DAY
PATIENCE = timedelta(days=7)
LENGTH = 8 * HOUR
LONGEST = 6
"""Hours of the bookings of everybody else."""


class Crowd:
    """People who book all that is free, hour by hour, and give some of it back; and one large wish."""

    def __init__(self, seed: int, window: timedelta, *, keeps: bool = True, given_back: int = 2) -> None:
        self.random, self.keeps, self.given_back = Random(seed), keeps, given_back
        self.taken: list[Taken] = []
        self.kept: list[Kept] = []
        self.place: Place | None = None
        self.wish = Wish(
            id=WishId(UUID(int=1)),
            user=UserName("ada"),
            pool=POOL,
            gpus=NODE.capacity,
            length=LENGTH,
            window=Interval(T0, T0 + window),
            since=T0,
        )

    def run(self) -> timedelta | None:
        """Let time pass until the wish is served, and return how long that took; None if it never was."""
        now = T0
        self._book(now)
        while not self.wish.passed(now):
            now += HOUR
            self.taken = [each for each in self.taken if each[1] > now]
            for _ in range(self.given_back):
                to_come = [each for each in self.taken if each[0] > now]
                self.taken.remove(self.random.choice(to_come))
            if self._served(now):
                return now - T0
            self._book(now)
        return None

    def _served(self, now: datetime) -> bool:
        """Serve the wish if it fits; else keep its place free, once it has waited long enough."""
        before = self.place if self.kept else None
        had = (before.node, before.interval.start) if before else None
        room = Room.of(NODE, self.taken, now)
        self.place = place_for(self.wish, [room], now, had)
        if self.place is None:
            return False
        if before and before.interval.start >= now:
            assert self.place.missing <= before.missing
        if self.place.missing == timedelta(0) and self.place.interval.end <= now + HORIZON:
            return True
        aged = self.keeps and now - self.wish.since >= PATIENCE
        self.kept = kept(self.wish, self.place, room) if aged else []
        return False

    def _book(self, now: datetime) -> None:
        """Let others book all that is free and not kept, a GPU and some hours at a time."""
        theirs = [(piece.start, piece.end, gpus) for piece, gpus in self.kept]
        while free := self._first_free(now, theirs):
            start, end = free
            length = self.random.randint(1, LONGEST) * HOUR
            self.taken.append((start, min(start + length, end), 1))

    def _first_free(self, now: datetime, theirs: list[Taken]) -> tuple[datetime, datetime] | None:
        free = over_time(NODE.capacity, [*self.taken, *theirs], now)
        until = now + HORIZON
        start = next((moment for moment, n in free if n > 0 and moment < until), None)
        if start is None:
            return None
        return start, min(next((moment for moment, n in free if n < 1 and moment > start), until), until)


@pytest.mark.parametrize("seed", range(3))
def test_a_wish_for_a_whole_node_is_served_within_the_bound(seed: int) -> None:
    waited = Crowd(seed, window=60 * DAY).run()
    assert waited is not None
    assert waited <= PATIENCE + LENGTH + LONGEST * HOUR


@pytest.mark.parametrize("seed", range(3))
def test_if_nothing_is_kept_for_it_the_same_wish_is_never_served(seed: int) -> None:
    assert Crowd(seed, window=30 * DAY, keeps=False).run() is None


def test_a_wish_that_must_be_soon_gets_what_is_given_back_piece_by_piece() -> None:
    window = PATIENCE + HORIZON
    soon = [Crowd(seed, window, given_back=20).run() for seed in range(4)]
    never = [Crowd(seed, window, given_back=20, keeps=False).run() for seed in range(4)]
    assert len([each for each in soon if each is not None]) >= 3
    assert [each for each in never if each is not None] == []
