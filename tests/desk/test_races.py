"""Two processes want the last GPU at the same moment; one gets it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.synchronize import Barrier

from sqlalchemy import URL

from maia_hub.core.errors import Overbooked
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, UserName
from maia_hub.core.leases import GrantKind
from maia_hub.desk import Actor, Grant
from maia_hub.store import upgrade
from tests.desk.office import ADA, Office
from tests.store import raw

ROUNDS = 8


def _by_desk(where: URL, number: int, start: Barrier) -> int:
    """Book the same slots as the other process; return how many were had."""
    office = Office(where)
    had = 0
    for n in range(ROUNDS):
        start.wait(30)
        try:
            office.book(Actor(UserName(f"user{number}")), n * 60, n * 60 + 60, gpus=2)
            had += 1
        except Overbooked:
            pass
    office.close()
    return had


def _by_raw_sql(where: URL, number: int, start: Barrier) -> int:
    had, db = 0, raw.opened(where)
    for n in range(ROUNDS):
        start.wait(30)
        try:
            raw.book(db, n, n + 1, gpus=2, user=f"user{number}")
            had += 1
        except raw.Refused:
            pass
    db.close()
    return had


def _by_grant(where: URL, number: int, start: Barrier) -> int:
    """Start a server on the one idle GPU, again and again; return how often it was had."""
    office = Office(where)
    had = 0
    for _ in range(ROUNDS):
        start.wait(30)
        given = office.desk.grant(
            UserName(f"user{number}"), DEFAULT_SERVER, DEFAULT_PROJECT, "idle:a6000", office.now
        )
        assert isinstance(given, Grant)
        start.wait(30)
        had += given.kind is GrantKind.OPPORTUNISTIC
        office.stop(given.id)
    office.close()
    return had


def race(runner: Callable[[URL, int, Barrier], int], where: URL) -> list[int]:
    """Let two processes run against each other; return what each had."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(2) as pool:
        start = manager.Barrier(2)
        return pool.starmap(runner, [(where, n, start) for n in range(2)])


def test_every_slot_goes_to_one_of_two_processes_that_book_it(where: URL) -> None:
    office = Office(where)
    assert sum(race(_by_desk, where)) == ROUNDS
    assert len(office.desk.bookings(ADA, office.now)) == ROUNDS
    office.close()


def test_raw_sql_from_two_processes_cannot_overbook_either(where: URL) -> None:
    upgrade(where)
    db = raw.opened(where)
    raw.fill(db)
    assert sum(race(_by_raw_sql, where)) == ROUNDS
    assert db.count("SELECT count(*) FROM bookings") == ROUNDS
    db.close()


def test_an_idle_gpu_goes_to_one_of_two_servers_that_start(where: URL) -> None:
    office = Office(where)
    office.book(ADA, 0, 60)
    assert sum(race(_by_grant, where)) == ROUNDS
    office.close()
