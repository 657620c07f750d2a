"""A file that cannot be trusted is refused and left as it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from maia_hub.core.errors import Unavailable
from maia_hub.store import upgrade
from maia_hub.store.schema import check
from maia_hub.store.sqlite import engine
from maia_hub.store.tables import metadata
from tests.store.raw import sqlite_database


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
    sqlite_database(path.parent)
    content = bytearray((path.parent / "maia.db").read_bytes())
    content[4096 : 4096 + 3000] = os.urandom(3000)
    for leftover in path.parent.glob("maia.db-*"):
        leftover.unlink()
    path.write_bytes(bytes(content))


def newer(path: Path) -> None:
    sqlite_database(path.parent).execute("UPDATE alembic_version SET version_num = '9999'")


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
    path = sqlite_database(tmp_path).path
    upgrade(url(path))
    check(url(path))


@pytest.mark.parametrize("name", ["a b", "100%25", "#1", "ümlaut"])
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = sqlite_database(tmp_path / name).path
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


def test_a_missing_database_is_not_made_by_a_check(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no database"):
        check(url(tmp_path / "maia.db"))
    assert not (tmp_path / "maia.db").exists()


def test_the_migrations_make_the_tables_that_the_code_expects(tmp_path: Path) -> None:
    made = engine(sqlite_database(tmp_path).url)
    with made.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    made.dispose()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert sqlite_database(tmp_path).path.stat().st_mode & 0o077 == 0
