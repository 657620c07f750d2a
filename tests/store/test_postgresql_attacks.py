"""What raw SQL tries on PostgreSQL alone: side by side, with another view of time, another table, another statement."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import URL

from tests.store.raw import PostgresqlRaw, Refused, at, book, booking, insert, insertion, lease, opened

ROUNDS = 50
WITHIN = 30.0  # seconds; a test that fails takes so long

Connection = psycopg.Connection[Any]
Connect = Callable[[], Connection]


@pytest.fixture
def connect(postgresql_db: PostgresqlRaw) -> Iterator[Connect]:
    """Open connections whose transactions end when a test says so."""
    opened: list[Connection] = []

    def connecting() -> Connection:
        opened.append(postgresql_db.connect(autocommit=False))
        return opened[-1]

    yield connecting
    for connection in opened:
        connection.close()


def put(connection: Connection, table: str, row: dict[str, object]) -> None:
    connection.execute(insertion(table, row).replace("?", "%s").encode(), list(row.values()))


def in_background(work: Callable[[], None]) -> Callable[[], BaseException | None]:
    """Begin work that waits for another transaction; return how to wait for it and what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except psycopg.Error as e:
            raised.append(e)

    thread = threading.Thread(target=run)
    thread.start()

    def finish() -> BaseException | None:
        thread.join(WITHIN)
        assert not thread.is_alive()
        return raised[0] if raised else None

    return finish


def waits(db: PostgresqlRaw) -> None:
    """Wait until some transaction of the database waits for another one."""
    for _ in range(10_000):
        if db.count("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"):
            return
    raise AssertionError("nobody waits")


def test_two_transactions_that_do_not_see_each_other_cannot_both_have_the_last_gpu(
    postgresql_db: PostgresqlRaw, connect: Connect
) -> None:
    one, other = connect(), connect()
    other.execute("SELECT count(*) FROM bookings")  # its transaction has begun
    put(one, "bookings", booking(0, 2, gpus=2))
    second = in_background(lambda: put(other, "bookings", booking(1, 3)))
    waits(postgresql_db)
    one.commit()
    assert "overbooked" in str(second())


def test_the_second_has_it_if_the_first_takes_it_back(postgresql_db: PostgresqlRaw, connect: Connect) -> None:
    one, other = connect(), connect()
    put(one, "bookings", booking(0, 2, gpus=2))
    second = in_background(lambda: put(other, "bookings", booking(1, 3)))
    waits(postgresql_db)
    one.rollback()
    assert second() is None
    other.commit()


def test_a_booking_does_not_shrink_while_a_lease_is_written_under_it(
    postgresql_db: PostgresqlRaw, connect: Connect
) -> None:
    mine = book(postgresql_db, 0, 2, gpus=2)
    lease(postgresql_db, ["a0"], mine)
    one, other = connect(), connect()
    one.execute("UPDATE bookings SET gpus = 1")
    second = in_background(lambda: put_lease(other, mine, "a1"))
    waits(postgresql_db)
    one.commit()
    assert "exceed" in str(second())


def test_two_leases_written_side_by_side_do_not_exceed_their_booking(
    postgresql_db: PostgresqlRaw, connect: Connect
) -> None:
    mine = book(postgresql_db, 0, 2)
    one, other = connect(), connect()
    put_lease(one, mine, "a0")
    second = in_background(lambda: put_lease(other, mine, "a1"))
    waits(postgresql_db)
    one.commit()
    assert "exceed" in str(second())


def put_lease(connection: Connection, mine: str, gpu: str) -> None:
    row = {
        "id": uuid4().hex,
        "kind": "booked",
        "user": "ada",
        "server": "",
        "pool": "p",
    }
    put(connection, "leases", {**row, "node": "a", "booking": mine, "since": at(0), "until": at(1)})
    put(connection, "lease_gpus", {"lease": row["id"], "gpu": gpu, "live": True})


@pytest.mark.parametrize("level", ["REPEATABLE_READ", "SERIALIZABLE"])
def test_who_looks_at_one_moment_may_not_write(connect: Connect, level: str) -> None:
    """It would check against bookings as they were before others wrote."""
    frozen = connect()
    frozen.isolation_level = psycopg.IsolationLevel[level]
    with pytest.raises(Refused, match="READ COMMITTED"):
        put(frozen, "bookings", booking(0, 1))


@pytest.mark.parametrize("table", ["bookings", "nodes"])
def test_a_temporary_table_does_not_stand_in_for_ours(connect: Connect, table: str) -> None:
    liar = connect()
    put(liar, "bookings", booking(0, 2, gpus=2))
    if table == "nodes":
        liar.execute("CREATE TEMPORARY TABLE nodes AS SELECT id, pool, 99 AS capacity FROM public.nodes")
    else:
        liar.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})".encode())
    with pytest.raises(Refused, match="overbooked"):
        put(liar, "public.bookings", booking(0, 2))


def test_many_rows_of_one_statement_count_together(postgresql_db: PostgresqlRaw) -> None:
    columns = '"user", pool, node, gpus, starts_at, ends_at, state, created, note'
    one = f"gen_random_uuid(), 'ada', 'p', 'a', 1, '{at(0)}'::timestamptz, '{at(1)}'::timestamptz"
    rows = f"SELECT {one}, 'confirmed', now(), '' FROM generate_series(1, 3)"
    with pytest.raises(Refused, match="overbooked"):
        postgresql_db.execute(f"INSERT INTO bookings (id, {columns}) {rows}")
    with pytest.raises(Refused, match="overbooked"):
        postgresql_db.execute(
            f"WITH first AS (INSERT INTO bookings (id, {columns}) {rows} LIMIT 2)"
            f" INSERT INTO bookings (id, {columns}) {rows} LIMIT 1"
        )
    assert postgresql_db.count("SELECT count(*) FROM bookings") == 0


def test_copying_and_merging_rows_does_not_get_round_it(
    postgresql_db: PostgresqlRaw, connect: Connect
) -> None:
    row = booking(0, 2, gpus=3)
    names = ", ".join(f'"{name}"' for name in row)
    copier = connect()
    with (
        pytest.raises(Refused, match="overbooked"),
        copier.cursor().copy(f"COPY bookings ({names}) FROM STDIN".encode()) as copy,
    ):
        copy.write_row(list(row.values()))
    fine = book(postgresql_db, 0, 2)
    row = {**booking(0, 2, gpus=3), "id": fine}
    with pytest.raises(Refused, match="overbooked"):
        postgresql_db.execute(
            f"{insertion('bookings', row)} ON CONFLICT (id) DO UPDATE SET gpus = 3", *row.values()
        )
    with pytest.raises(Refused, match="overbooked"):
        postgresql_db.execute(
            f"{insertion('bookings', {**row, 'gpus': 1})} ON CONFLICT (id) DO UPDATE SET gpus = 3",
            *{**row, "gpus": 1}.values(),
        )


def test_a_savepoint_that_is_rolled_back_does_not_let_others_in(
    postgresql_db: PostgresqlRaw, connect: Connect
) -> None:
    one = connect()
    one.execute("SAVEPOINT here")
    put(one, "bookings", booking(0, 2))
    one.execute("ROLLBACK TO here")  # and with it the turn
    put(one, "bookings", booking(0, 2, gpus=2))
    other = connect()
    second = in_background(lambda: put(other, "bookings", booking(0, 2)))
    waits(postgresql_db)
    one.commit()
    assert "overbooked" in str(second())


@pytest.mark.parametrize("table", ["events", "bookings", "leases", "lease_gpus"])
def test_nothing_is_emptied_at_a_stroke(postgresql_db: PostgresqlRaw, table: str) -> None:
    lease(postgresql_db, ["a0"], book(postgresql_db, 0, 2))
    with pytest.raises(Refused, match="never emptied"):
        postgresql_db.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "moment", ["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "12026-01-01 00:00:00+00"]
)
def test_a_moment_that_the_program_cannot_read_is_refused(postgresql_db: PostgresqlRaw, moment: str) -> None:
    start, end = (moment, at(1)) if moment.startswith("-") or moment.endswith("BC") else (at(0), moment)
    with pytest.raises(Refused, match="not a moment"):
        book(postgresql_db, 0, 1, starts_at=start, ends_at=end)
    outage = {"node": "a", "starts_at": start, "ends_at": end, "gpus": 1, "reason": "fan"}
    with pytest.raises(Refused, match="not a moment"):
        insert(postgresql_db, "outages", outage)


def test_an_event_cannot_be_written_over(postgresql_db: PostgresqlRaw) -> None:
    row = {"at": at(0), "actor": "ada", "action": "x", "subject": "y", "user": "ada", "reason": "", "id": 7}
    insert(postgresql_db, "events", row)
    with pytest.raises(Refused, match="append-only"):
        postgresql_db.execute(
            f"{insertion('events', row)} ON CONFLICT (id) DO UPDATE SET actor = 'eve'", *row.values()
        )


def test_of_two_racing_for_the_last_gpu_exactly_one_wins_every_time(postgresql_db: PostgresqlRaw) -> None:
    start = threading.Barrier(2)
    had: list[tuple[int, int]] = []

    def race(number: int, url: URL) -> None:
        with closing(opened(url)) as db:
            for n in range(ROUNDS):
                start.wait(WITHIN)
                try:
                    book(db, n, n + 1, gpus=2, user=f"user{number}")
                    had.append((n, number))
                except Refused:
                    pass

    racers = [threading.Thread(target=race, args=(n, postgresql_db.url)) for n in range(2)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(n for n, _ in had) == list(range(ROUNDS))
