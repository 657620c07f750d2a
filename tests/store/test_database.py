"""A database that cannot be trusted is refused and left as it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from maia_hub.core.errors import Unavailable
from maia_hub.store import Store, upgrade
from maia_hub.store.database import engine
from maia_hub.store.schema import check
from maia_hub.store.tables import metadata
from maia_hub.store.types import UtcDateTime
from tests.store.raw import book, database, execute


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recipes (name)")


def text(path: Path) -> None:
    path.write_text("dear diary\n" * 500)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def damaged(path: Path) -> None:
    database(path.parent)
    content = bytearray((path.parent / "maia.db").read_bytes())
    content[4096 : 4096 + 3000] = os.urandom(3000)
    for leftover in path.parent.glob("maia.db-*"):
        leftover.unlink()
    path.write_bytes(bytes(content))


def newer(path: Path) -> None:
    database(path.parent)
    execute(path, "UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize("spoil", [foreign, text, damaged, newer, empty])
def test_a_database_that_is_not_ours_to_change_is_refused_and_kept(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "maia.db"
    spoil(path)
    before = path.read_bytes()
    for use in (upgrade, check):
        with pytest.raises(Unavailable) as told:
            use(url(path))
        assert str(path) in told.value.message
        assert told.value.advice
    assert path.read_bytes() == before


def test_a_second_upgrade_changes_nothing(tmp_path: Path) -> None:
    path = database(tmp_path)
    upgrade(url(path))
    check(url(path))


def test_an_older_database_gets_the_guards_of_this_version(tmp_path: Path) -> None:
    path = database(tmp_path)
    execute(path, "DROP TRIGGER bookings_insert_fits")
    execute(path, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Unavailable, match="0001"):
        check(url(path))
    upgrade(url(path))
    with pytest.raises(sqlite3.IntegrityError, match="overbooked"):
        book(path, 0, 1, gpus=3)


@pytest.mark.parametrize("name", ["a b", "100%25", "#1", "ümlaut"])
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = database(tmp_path / name)
    upgrade(url(path))
    check(url(path))
    assert sorted(p.name for p in tmp_path.iterdir()) == [name]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be made") as told:
        upgrade(url(tmp_path / "file" / "maia.db"))
    assert told.value.advice


def test_what_cannot_be_finished_is_not_left_half_made(tmp_path: Path) -> None:
    (tmp_path / "maia.db-wal").mkdir()  # SQLite cannot write its log there
    with pytest.raises(Unavailable, match="cannot be made"):
        upgrade(url(tmp_path / "maia.db"))
    assert not (tmp_path / "maia.db").exists()


def test_many_readers_do_not_wait_for_one_another(tmp_path: Path) -> None:
    store = Store(url(database(tmp_path)))
    with ExitStack() as readers:
        seen = [readers.enter_context(store.read()).inventory.gpus() for _ in range(40)]
    assert [len(gpus) for gpus in seen] == [4] * 40
    store.close()


def test_a_missing_database_is_not_made_by_a_check(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no database"):
        check(url(tmp_path / "maia.db"))
    assert not (tmp_path / "maia.db").exists()


def test_another_kind_of_database_is_refused_by_name() -> None:
    with pytest.raises(Unavailable) as told:
        upgrade("postgresql://localhost/maia")
    assert told.value.given == "postgresql"


def test_the_migrations_make_the_tables_that_the_code_expects(tmp_path: Path) -> None:
    made = engine(url(database(tmp_path)))
    with made.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    made.dispose()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert database(tmp_path).stat().st_mode & 0o077 == 0


def test_a_moment_without_a_time_zone_is_never_stored(tmp_path: Path) -> None:
    made = engine(url(database(tmp_path)))
    summer = datetime(2026, 7, 1, 9, tzinfo=timezone(timedelta(hours=2)))
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(summer.replace(tzinfo=None), made.dialect)
    stored = UtcDateTime().process_bind_param(summer, made.dialect)
    assert stored is not None
    assert stored.isoformat() == "2026-07-01T07:00:00"
    assert UtcDateTime().process_result_value(stored, made.dialect) == summer
    made.dispose()


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(url(database(tmp_path)))
    with pytest.raises(RuntimeError):
        _forget_all_gpus_and_fail(store)
    with store.read() as tx:
        assert len(tx.inventory.gpus()) == 4
    store.close()


def _forget_all_gpus_and_fail(store: Store) -> None:
    with store.write() as tx:
        tx.inventory.put([], [])
        raise RuntimeError
