"""A PostgreSQL server that is away, restarts, crashes or is read-only."""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timezone

import pytest
from sqlalchemy import func, select

from maia_hub.core.errors import InvalidInput, Unavailable
from maia_hub.core.gpus import Outage
from maia_hub.core.ids import NodeId, UserName
from maia_hub.core.interval import Interval
from maia_hub.store import Store
from maia_hub.store.decisions import Question
from maia_hub.store.events import Event
from maia_hub.store.postgresql import MOST
from maia_hub.store.schema import check
from maia_hub.store.web_sessions import WebSession
from tests.postgres.server import Server, running
from tests.store.raw import PostgresqlRaw, booking, insertion, postgresql_database

WITHIN = 60.0  # seconds; a test that fails takes so long


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server that these tests may stop and crash."""
    with running() as started:
        yield started


@pytest.fixture
def db(own: Server) -> Iterator[PostgresqlRaw]:
    with closing(postgresql_database(own)) as made:
        yield made


@pytest.fixture
def store(db: PostgresqlRaw) -> Iterator[Store]:
    with closing(Store(db.url)) as made:
        yield made


def write(store: Store, subject: str) -> None:
    at_noon = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    with store.write() as tx:
        tx.events.add(Event(at=at_noon, actor="ada", action="x", subject=subject, user=UserName("ada")))


def subjects(store: Store) -> list[str]:
    with store.read() as tx:
        return [event.subject for event in tx.events.after(0)]


def eventually_write(store: Store, subject: str) -> None:
    """Write as soon as the server can be used again."""
    give_up = time.monotonic() + WITHIN
    while True:
        try:
            return write(store, subject)
        except Unavailable:
            assert time.monotonic() < give_up
            time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_restarts_is_used_again_without_a_hand(own: Server, store: Store, how: int) -> None:
    write(store, "before")
    own.stop(signal=how)
    try:
        with pytest.raises(Unavailable) as told:
            subjects(store)
        assert told.value.advice
        with pytest.raises(Unavailable):
            write(store, "lost")
    finally:
        own.start()
    write(store, "after")
    assert subjects(store) == ["before", "after"]


def test_a_restart_that_nobody_noticed_is_not_noticed_afterwards(own: Server, store: Store) -> None:
    write(store, "before")
    own.stop()
    own.start()
    write(store, "after")
    assert subjects(store) == ["before", "after"]


def test_who_listens_hears_again_after_a_restart(own: Server, db: PostgresqlRaw, store: Store) -> None:
    heard: list[str] = []
    there = threading.Event()

    def listener(event: Event) -> None:
        heard.append(event.subject)
        there.set()

    with closing(Store(db.url)) as other:
        other.listen(listener)
        own.stop()
        own.start()
        write(store, "after")
        assert there.wait(WITHIN)
    assert heard == ["after"]


def test_a_writer_whose_connection_is_killed_loses_its_own_work_alone(
    own: Server, db: PostgresqlRaw, store: Store
) -> None:
    write(store, "kept")
    with closing(Store(db.url)) as other:
        with pytest.raises(Unavailable):
            write_and_lose_the_server(own, store)
        eventually_write(other, "next")
        assert subjects(other) == ["kept", "next"]
    eventually_write(store, "again")


def write_and_lose_the_server(own: Server, store: Store) -> None:
    """Begin to write, and kill the process that serves this; PostgreSQL then starts all of them anew."""
    with store.write() as tx:
        tx.inventory.put([], [])
        with closing(own.admin()) as admin:
            row = admin.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted").fetchone()
        assert row
        os.kill(row[0], signal.SIGKILL)
        tx.inventory.pools()


def test_a_commit_that_is_not_answered_is_not_said_to_have_changed_nothing(own: Server, store: Store) -> None:
    with pytest.raises(Unavailable, match="did not say") as told:
        commit_into_the_void(own, store)
    assert "Nothing was changed" not in str(told.value.advice)


def commit_into_the_void(own: Server, store: Store) -> None:
    with store.write() as tx:
        tx.inventory.put([], [])
        with closing(own.admin()) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )


def test_a_database_that_turned_read_only_is_unavailable_and_comes_back(
    own: Server, db: PostgresqlRaw, store: Store
) -> None:
    write(store, "before")
    name = db.url.database
    with closing(own.admin()) as admin:
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        with pytest.raises(Unavailable):
            write(store, "refused")
        with pytest.raises(Unavailable, match="read-only"):
            check(db.url)
        admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
    write(store, "after")
    assert subjects(store) == ["before", "after"]


def test_nobody_waits_for_ever_for_who_never_ends(db: PostgresqlRaw) -> None:
    impatient = Store(db.url.update_query_dict({"options": "-c lock_timeout=200ms"}))
    with closing(db.connect(autocommit=False)) as hanging:
        row = booking(0, 1)
        hanging.execute(insertion("bookings", row).replace("?", "%s").encode(), list(row.values()))
        with pytest.raises(Unavailable):
            write(impatient, "waits")
        hanging.rollback()
    write(impatient, "goes on")
    impatient.close()


def test_every_connection_has_its_limits(db: PostgresqlRaw, store: Store) -> None:
    with store.write() as tx:
        limits = {
            name: tx.connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in (
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "TimeZone",
            )
        }
    assert limits == {
        "lock_timeout": "10s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
        "TimeZone": "UTC",
    }


def test_a_process_opens_no_more_connections_than_its_share(db: PostgresqlRaw, store: Store) -> None:
    count = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    )

    nap: Question = (select(func.pg_sleep(1)), {})
    short: Question = (select(func.pg_sleep(0.1)), {})

    def look(number: int) -> int:
        if number % 3 == 1:
            store.ask_all([nap])
            return 0
        if number % 3 == 2:
            with store.decide(short, queued=True):
                return 0
        with store.read() as tx:
            tx.connection.exec_driver_sql("SELECT pg_sleep(0.2)")
            return int(tx.connection.exec_driver_sql(count, ("maia-hub",)).scalar_one())

    stop = store.listen(lambda _: None)
    try:
        with ThreadPoolExecutor(5 * MOST) as threads:
            assert max(threads.map(look, range(5 * MOST))) == MOST
    finally:
        stop()


def test_a_value_that_is_too_long_is_the_callers_fault(store: Store) -> None:
    hour = Interval(
        datetime(2026, 3, 2, 12, tzinfo=timezone.utc), datetime(2026, 3, 2, 13, tzinfo=timezone.utc)
    )
    for reason in ("x" * 201, "zero \x00"):
        with pytest.raises(InvalidInput), store.write() as tx:
            tx.inventory.add_outage(Outage(NodeId("a"), hour, 1, reason))


def test_what_is_refused_is_not_repeated_in_any_text_of_the_error(store: Store) -> None:
    """Such as a token that is longer than its column; a log would keep it."""
    now = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    token = "sesame" * 50
    session = WebSession(
        digest="d",
        user=UserName("ada"),
        admin=False,
        groups=(),
        hub_token=token,
        created=now,
        seen=now,
        expires=now,
    )
    with pytest.raises(InvalidInput) as told, store.write() as tx:
        tx.web_sessions.put(session)
    assert "sesamesesame" not in "".join(traceback.format_exception(told.value))
