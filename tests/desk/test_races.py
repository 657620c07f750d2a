"""Two processes want the last GPU at the same moment; one gets it."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

from maia_hub.core.errors import Overbooked
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, UserName
from maia_hub.core.leases import GrantKind
from maia_hub.desk import Actor, Grant
from tests.desk.office import ADA, Office
from tests.store import raw

ROUNDS = 8


def _by_desk(folder: Path, number: int, start: Barrier) -> int:
    """Book the same slots as the other process; return how many were had."""
    office = Office(folder)
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


def _by_raw_sql(folder: Path, number: int, start: Barrier) -> int:
    had = 0
    for n in range(ROUNDS):
        start.wait(30)
        try:
            raw.book(folder / "maia.db", n, n + 1, gpus=2, user=f"user{number}")
            had += 1
        except sqlite3.IntegrityError:
            pass
    return had


def _by_grant(folder: Path, number: int, start: Barrier) -> int:
    """Start a server on the one idle GPU, again and again; return how often it was had."""
    office = Office(folder)
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


def race(runner: Callable[[Path, int, Barrier], int], folder: Path) -> list[int]:
    """Let two processes run against each other; return what each had."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(2) as pool:
        start = manager.Barrier(2)
        return pool.starmap(runner, [(folder, n, start) for n in range(2)])


def test_every_slot_goes_to_one_of_two_processes_that_book_it(tmp_path: Path) -> None:
    office = Office(tmp_path)
    assert sum(race(_by_desk, tmp_path)) == ROUNDS
    assert len(office.desk.bookings(ADA, office.now)) == ROUNDS
    office.close()


def test_raw_sql_from_two_processes_cannot_overbook_either(tmp_path: Path) -> None:
    path = raw.database(tmp_path)
    assert sum(race(_by_raw_sql, tmp_path)) == ROUNDS
    assert raw.count(path, "SELECT count(*) FROM bookings") == ROUNDS


def test_an_idle_gpu_goes_to_one_of_two_servers_that_start(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.book(ADA, 0, 60)
    assert sum(race(_by_grant, tmp_path)) == ROUNDS
    office.close()
