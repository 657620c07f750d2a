"""Processes on one PostgreSQL hear of each other's events, each once and in the order of commits."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timezone

import pytest

from maia_hub.core.ids import UserName
from maia_hub.store import Store
from maia_hub.store.events import Event
from tests.postgres.server import Server
from tests.store.raw import PostgresqlRaw, SqliteRaw

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
WITHIN = 30.0  # seconds; a test that fails takes so long


def event(subject: object) -> Event:
    return Event(at=NOW, actor="ada", action="booking.confirmed", subject=str(subject), user=UserName("ada"))


def write(store: Store, *subjects: object) -> None:
    with store.write() as tx:
        for subject in subjects:
            tx.events.add(event(subject))


def write_and_fail(store: Store, subject: str) -> None:
    with store.write() as tx:
        tx.events.add(event(subject))
        raise RuntimeError


Heard = queue.Queue[str]


@pytest.fixture
def stores(postgresql_db: PostgresqlRaw) -> Iterator[tuple[Store, Store]]:
    with closing(Store(postgresql_db.url)) as here, closing(Store(postgresql_db.url)) as there:
        yield here, there


def listen(store: Store) -> tuple[Heard, Callable[[], None]]:
    heard: Heard = queue.Queue()
    return heard, store.listen(lambda told: heard.put(told.subject))


def test_what_another_process_commits_is_heard_in_order(stores: tuple[Store, Store]) -> None:
    here, there = stores
    write(there, "before")
    heard, _ = listen(here)
    write(there, "a", "b")
    write(there, "c")
    assert [heard.get(timeout=WITHIN) for _ in range(3)] == ["a", "b", "c"]


def test_what_this_process_commits_is_not_told_again(stores: tuple[Store, Store]) -> None:
    here, there = stores
    heard, _ = listen(here)
    write(here, "own")
    write(there, "other")
    write(here, "own")
    write(there, "last")
    assert [heard.get(timeout=WITHIN) for _ in range(2)] == ["other", "last"]


def test_what_is_taken_back_is_not_heard(stores: tuple[Store, Store]) -> None:
    here, there = stores
    heard, _ = listen(here)
    with pytest.raises(RuntimeError):
        write_and_fail(there, "never")
    write(there, "after")
    assert heard.get(timeout=WITHIN) == "after"


def test_an_event_by_raw_sql_is_heard(stores: tuple[Store, Store], postgresql_db: PostgresqlRaw) -> None:
    heard, _ = listen(stores[0])
    postgresql_db.execute(
        "INSERT INTO events (at, actor, action, subject, \"user\", reason) VALUES (now(), 'x', 'y', 'raw', '', '')"
    )
    assert heard.get(timeout=WITHIN) == "raw"


def test_what_was_written_while_the_connection_was_cut_is_heard_after_it(
    stores: tuple[Store, Store], postgresql_db: PostgresqlRaw, postgresql: Server
) -> None:
    here, there = stores
    heard, _ = listen(here)
    write(there, "first")
    assert heard.get(timeout=WITHIN) == "first"
    with closing(postgresql.admin()) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [postgresql_db.url.database],
        )
    write(there, "second")
    assert heard.get(timeout=WITHIN) == "second"


def test_a_listener_that_fails_hears_the_next_one(stores: tuple[Store, Store]) -> None:
    here, there = stores
    heard: Heard = queue.Queue()

    def listener(told: Event) -> None:
        heard.put(told.subject)
        if told.subject == "bad":
            raise ValueError("not understood")

    here.listen(listener)
    write(there, "bad", "good")
    assert [heard.get(timeout=WITHIN) for _ in range(2)] == ["bad", "good"]


def test_who_has_stopped_hears_nothing_and_leaves_no_thread(stores: tuple[Store, Store]) -> None:
    here, there = stores
    heard, stop = listen(here)
    still, _ = listen(here)
    stop()
    stop()
    write(there, "late")
    assert still.get(timeout=WITHIN) == "late"
    assert heard.empty()
    here.close()
    assert [thread for thread in threading.enumerate() if thread.name == "maia-events"] == []


def test_on_sqlite_nothing_is_heard_and_nothing_runs(sqlite_db: SqliteRaw) -> None:
    with closing(Store(sqlite_db.url)) as store:
        heard, stop = listen(store)
        write(store, "own")
        assert [thread for thread in threading.enumerate() if thread.name == "maia-events"] == []
        stop()
    assert heard.empty()


def test_no_event_is_ever_skipped_by_who_reads_beside_many_writers(stores: tuple[Store, Store]) -> None:
    """A number given before a commit must not become visible after a higher one."""
    here, there = stores
    heard, _ = listen(here)
    writers, each = 8, 25

    def work(name: int) -> None:
        for n in range(each):
            write(there, f"{name}.{n}", f"{name}.{n}+")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(writers)]
    for thread in threads:
        thread.start()
    told = [heard.get(timeout=WITHIN) for _ in range(writers * each * 2)]
    for thread in threads:
        thread.join()
    with here.read() as tx:
        assert told == [found.subject for found in tx.events.after(0)]
    assert sorted(told) == sorted(
        f"{w}.{n}{x}" for w in range(writers) for n in range(each) for x in ("", "+")
    )
