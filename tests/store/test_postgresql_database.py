"""Making the tables in PostgreSQL, and databases that are not ours."""

from __future__ import annotations

import multiprocessing
from contextlib import closing
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import URL

from maia_hub.core.errors import Unavailable
from maia_hub.store import Store, upgrade
from maia_hub.store.schema import check
from tests.postgres.server import Server
from tests.store.raw import PostgresqlRaw, Refused, at, book

WITHIN = 60.0  # seconds; a test that fails takes so long


def test_of_some_that_migrate_at_once_the_others_wait_and_find_it_done(postgresql: Server) -> None:
    url = postgresql.empty()
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(3) as pool:
        start = manager.Barrier(3)
        pool.starmap(migrate, [(url, start)] * 3)
    check(url)


def migrate(url: URL, start: Barrier) -> None:
    start.wait(WITHIN)
    upgrade(url)


def test_a_check_makes_nothing(postgresql: Server) -> None:
    url = postgresql.empty()
    with pytest.raises(Unavailable, match="no tables") as told:
        check(url)
    assert "maia migrate" in str(told.value.advice)
    with closing(PostgresqlRaw(url)) as db:
        assert db.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


@pytest.mark.parametrize("table", ["alembic_version (version_num text)", "servers (id int)"])
def test_the_database_of_something_else_is_refused_and_left_alone(postgresql: Server, table: str) -> None:
    with closing(PostgresqlRaw(postgresql.empty())) as db:
        db.execute(f"CREATE TABLE {table}")
        for use in (upgrade, check):
            with pytest.raises(Unavailable, match="not one of MAIA Hub"):
                use(db.url)
        assert db.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1


def test_connections_whose_settings_a_pooler_drops_are_refused(postgresql: Server) -> None:
    without = postgresql.database().update_query_dict({"options": "-c lock_timeout=0"})
    for use in (upgrade, check):
        with pytest.raises(Unavailable, match="do not keep the time limits") as told:
            use(without)
        assert "PgBouncer" in str(told.value.advice)


def test_a_failed_migration_leaves_nothing(postgresql: Server) -> None:
    with closing(PostgresqlRaw(postgresql.empty())) as db:
        db.execute("CREATE VIEW outages AS SELECT 1")
        with pytest.raises(Unavailable, match="outages"):
            upgrade(db.url)
        assert db.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_a_schema_of_its_own_and_the_socket_will_do(postgresql: Server) -> None:
    with closing(PostgresqlRaw(postgresql.empty())) as db:
        db.execute('CREATE SCHEMA "the hub\'s"')
        assert db.url.database
        options = '-c search_path="the\\ hub\'s"'
        url = postgresql.socket_url(db.url.database).update_query_dict({"options": options})
        upgrade(url)
        check(url)
        with closing(Store(url)) as store, store.read() as tx:
            assert tx.inventory.pools() == []
        assert db.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"database": "nowhere"}, "does not exist"),
        ({"port": 1}, "refused"),
        ({"username": "nobody"}, "password authentication failed"),
    ],
)
def test_a_database_that_cannot_be_reached_is_named_with_the_reason(
    postgresql: Server, wrong: dict[str, object], said: str
) -> None:
    url: URL = postgresql.url("migrated").set(**wrong)  # type: ignore[arg-type]
    for use in (check, upgrade):
        with pytest.raises(Unavailable, match=said) as told:
            use(url)
        assert postgresql.password not in f"{told.value} {told.value.__cause__!r}"
        assert told.value.advice


def test_the_guards_hold_for_the_restored_copy_of_a_dump(
    postgresql: Server, postgresql_db: PostgresqlRaw
) -> None:
    """A backup is only worth something if what comes back refuses the same."""
    book(postgresql_db, 0, 2, gpus=2)
    copy = postgresql.restored(postgresql_db.url)
    check(copy)
    with closing(PostgresqlRaw(copy)) as restored:
        assert restored.count("SELECT count(*) FROM bookings") == 1
        with pytest.raises(Refused, match="overbooked"):
            book(restored, 1, 3)
        assert restored.count("SELECT count(*) FROM bookings WHERE starts_at = ?::timestamptz", at(0)) == 1
