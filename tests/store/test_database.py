"""What every database promises, of either kind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL

from maia_hub.core.errors import Unavailable
from maia_hub.core.gpus import Outage
from maia_hub.core.ids import NodeId
from maia_hub.core.interval import Interval
from maia_hub.store import Store, upgrade
from maia_hub.store.dialects import dialect_of
from maia_hub.store.schema import check
from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime
from tests.store.raw import Raw, Refused, SqliteRaw, book, fill, opened


@pytest.fixture
def store(db: Raw) -> Iterator[Store]:
    made = Store(db.url)
    yield made
    made.close()


def test_a_second_upgrade_changes_nothing(db: Raw) -> None:
    upgrade(db.url)
    check(db.url)


def test_an_older_database_gets_what_this_version_needs(empty: URL) -> None:
    upgrade(empty, "0001")
    db = opened(empty)
    db.execute(f"DROP TRIGGER bookings_insert_fits{'' if isinstance(db, SqliteRaw) else ' ON bookings'}")
    with pytest.raises(Unavailable, match="0001"):
        check(empty)
    upgrade(empty)
    check(empty)
    fill(db)
    with pytest.raises(Refused, match="overbooked"):
        book(db, 0, 1, gpus=3)
    db.close()


def test_the_migrations_make_the_tables_that_the_code_expects(db: Raw) -> None:
    made = dialect_of(db.url).engine(db.url)
    with made.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    made.dispose()


def test_a_database_of_a_newer_version_is_left_alone(db: Raw) -> None:
    db.execute("UPDATE alembic_version SET version_num = '9999'")
    for use in (upgrade, check):
        with pytest.raises(Unavailable, match="newer version"):
            use(db.url)


def test_many_readers_do_not_wait_for_one_another(store: Store) -> None:
    with ExitStack() as readers:
        seen = [readers.enter_context(store.read()).inventory.gpus() for _ in range(8)]
    assert [len(gpus) for gpus in seen] == [4] * 8


def test_those_who_wait_to_write_leave_readers_a_connection(store: Store) -> None:
    def write() -> None:
        with store.write() as tx:
            tx.inventory.pools()

    with store.write():
        writers = [threading.Thread(target=write) for _ in range(40)]
        for writer in writers:
            writer.start()
        with store.read() as tx:
            assert len(tx.inventory.gpus()) == 4
    for writer in writers:
        writer.join()


def test_readers_do_not_wait_for_the_writer_and_see_one_moment(store: Store) -> None:
    now = datetime.now(timezone.utc)
    outage = Outage(NodeId("a"), Interval(now, now + timedelta(hours=1)), 1, "fan")
    with store.read() as reader:
        assert reader.inventory.outages() == []
        with store.write() as writer:
            writer.inventory.add_outage(outage)
            assert reader.inventory.outages() == []
        assert reader.inventory.outages() == []
    with store.read() as reader:
        assert [found for _, found in reader.inventory.outages()] == [outage]


def test_a_reader_cannot_write(db: Raw, store: Store) -> None:
    if db.url.get_backend_name() == "sqlite":
        return  # there a reader that writes waits for its turn like a writer
    with pytest.raises(Unavailable), store.read() as tx:
        tx.inventory.put([], [])


def test_a_moment_without_a_time_zone_is_never_stored(db: Raw, store: Store) -> None:
    made = dialect_of(db.url).engine(db.url)
    summer = datetime(2026, 7, 1, 9, tzinfo=timezone(timedelta(hours=2)))
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(summer.replace(tzinfo=None), made.dialect)
    made.dispose()
    outage = Outage(NodeId("a"), Interval(summer, summer + timedelta(hours=1)), 1, "fan")
    with store.write() as tx:
        tx.inventory.add_outage(outage)
    with store.read() as tx:
        ((_, found),) = tx.inventory.outages()
    assert found == outage
    assert found.interval.start.tzinfo is timezone.utc


def test_a_failed_transaction_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(RuntimeError):
        _forget_all_gpus_and_fail(store)
    with store.read() as tx:
        assert len(tx.inventory.gpus()) == 4


def _forget_all_gpus_and_fail(store: Store) -> None:
    with store.write() as tx:
        tx.inventory.put([], [])
        raise RuntimeError


@pytest.mark.parametrize(
    "url", ["mysql://maia:tiger@localhost/maia", "no url: tiger", "postgresql://h:tiger/x"]
)
def test_what_is_no_database_of_a_known_kind_is_refused_without_telling_its_secret(url: str) -> None:
    with pytest.raises(Unavailable) as told:
        upgrade(url)
    assert told.value.allowed
    assert "tiger" not in f"{told.value.message} {told.value.given} {told.value.__context__!r}"
