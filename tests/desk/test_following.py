"""Two desks on one PostgreSQL, as two replicas of the service are: each hears what the other does."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import closing

import pytest

from maia_hub.desk import Event
from tests.desk.office import ADA, BEN, Office
from tests.postgres.server import Server

WITHIN = 30.0  # seconds; a test that fails takes so long


@pytest.fixture
def offices(postgresql: Server) -> Iterator[tuple[Office, Office]]:
    url = postgresql.database()
    with closing(Office(url)) as here, closing(Office(url)) as there:
        yield here, there


def test_what_one_decides_the_listeners_of_the_other_hear_and_its_own_only_once(
    offices: tuple[Office, Office],
) -> None:
    here, there = offices
    heard: queue.Queue[Event] = queue.Queue()
    here.desk.subscribe(heard.put)
    leave = here.desk.follow()
    theirs = there.book(ADA, 0, 60)
    first = heard.get(timeout=WITHIN)
    assert (first.action, first.subject, first.user) == ("booking.confirmed", str(theirs.id), ADA.user)
    ours = here.book(BEN, 0, 60)
    last = there.book(ADA, 60, 120)
    assert [heard.get(timeout=WITHIN).subject for _ in range(2)] == [str(ours.id), str(last.id)]
    leave()


def test_who_does_not_follow_hears_of_its_own_alone(offices: tuple[Office, Office]) -> None:
    here, there = offices
    heard: queue.Queue[Event] = queue.Queue()
    here.desk.subscribe(heard.put)
    there.book(ADA, 0, 60)
    ours = here.book(BEN, 0, 60)
    assert heard.get(timeout=WITHIN).subject == str(ours.id)
    assert heard.empty()
