"""A backup is worth what comes back from it: all of one moment, under the same guards, on either database."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import URL, make_url

from maia_hub.core.errors import Conflict, InvalidInput, MaiaError, NotFound, Unavailable
from maia_hub.deployed.backup import backup, restore, rotate
from maia_hub.store import Store, upgrade
from maia_hub.store.backups import postgresql
from maia_hub.store.schema import check
from tests.store.raw import PostgresqlRaw, Raw, Refused, SqliteRaw, book, fill, lease, opened
from tests.store.rows import rows

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the backup goes, in a folder of its own."""
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept" / "today.maia"


@pytest.fixture
def other(db: Raw, tmp_path: Path, request: pytest.FixtureRequest) -> URL:
    """An empty place for a database of the same kind."""
    if isinstance(db, SqliteRaw):
        return make_url(f"sqlite:///{tmp_path}/other/maia.db")
    made: URL = request.getfixturevalue("postgresql").empty()
    return made


@pytest.fixture
def writing(db: Raw) -> Iterator[Event]:
    """Somebody books and books while the test runs; the event is set once something was."""
    begun, enough = Event(), Event()

    def work() -> None:
        with closing(opened(db.url)) as own:
            for hour in range(10, 100_000, 2):
                book(own, hour, hour + 1)
                begun.set()
                if enough.is_set():
                    return

    thread = Thread(target=work)
    thread.start()
    begun.wait()
    yield begun
    enough.set()
    thread.join()


def said(error: MaiaError) -> str:
    return f"{error.message} {error.given} {error.allowed} {error.advice}"


def test_what_comes_back_is_all_there_was_and_guards_it_as_before(db: Raw, other: URL, file: Path) -> None:
    lease(db, ["a0"], book(db, 0, 2, gpus=2))
    assert backup(db.url, file, NOW).revision
    assert file.stat().st_mode & 0o777 == 0o600
    assert restore(other, file, NOW, replace=False) is None
    check(other)
    assert rows(other) == rows(db.url)
    with closing(opened(other)) as restored:
        with pytest.raises(Refused, match="overbooked"):
            book(restored, 1, 3)
        book(restored, 4, 5)
    with closing(Store(other)) as store, store.write() as tx:
        assert len(tx.inventory.gpus()) == 4


@pytest.mark.usefixtures("writing")
def test_a_backup_of_a_database_that_is_written_to_has_all_that_was_there_when_it_began(
    db: Raw, other: URL, file: Path
) -> None:
    with closing(Store(db.url)) as service, service.read():  # what is new stands in SQLite's log meanwhile
        before = rows(db.url)["bookings"]
        backup(db.url, file, NOW)
    restore(other, file, NOW, replace=False)
    check(other)
    found, now = rows(other)["bookings"], rows(db.url)["bookings"]
    assert before
    assert [booking for booking in before if booking not in found] == []
    assert [booking for booking in found if booking not in now] == []


def test_what_is_there_is_replaced_only_if_that_is_said_and_kept_aside(db: Raw, file: Path) -> None:
    book(db, 0, 1)
    backup(db.url, file, NOW)
    book(db, 2, 3)
    db.close()
    before = rows(db.url)
    with pytest.raises(Conflict, match="already") as told:
        restore(db.url, file, NOW, replace=False)
    assert "--replace" in said(told.value)
    assert rows(db.url) == before

    kept = restore(db.url, file, NOW, replace=True)
    assert kept is not None
    assert kept.stat().st_mode & 0o077 == 0
    assert len(rows(db.url)["bookings"]) == 1
    if isinstance(db, SqliteRaw):
        assert rows(f"sqlite:///{kept}") == before
    else:
        restore(db.url, kept, NOW + timedelta(hours=1), replace=True)
        assert rows(db.url) == before


def test_a_database_that_a_service_uses_is_left_alone(db: Raw, file: Path) -> None:
    backup(db.url, file, NOW)
    with closing(Store(db.url)) as service:
        with service.read() as tx:
            assert tx.inventory.gpus()
        with pytest.raises(Conflict, match="being used") as told:
            restore(db.url, file, NOW, replace=True)
        assert "Stop the service" in said(told.value)
        with service.write() as tx:
            assert tx.inventory.gpus()


def test_a_backup_of_an_older_version_is_brought_up_to_date(empty: URL, file: Path, tmp_path: Path) -> None:
    upgrade(empty, "0001")
    with closing(opened(empty)) as db:
        fill(db)
        book(db, 0, 1)
    assert backup(empty, file, NOW).revision == "0001"
    kept = restore(empty, file, NOW, replace=True)
    check(empty)
    assert len(rows(empty)["bookings"]) == 1
    assert kept is not None


def test_a_backup_of_a_newer_version_is_refused(db: Raw, file: Path) -> None:
    db.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="newer version"):
        backup(db.url, file, NOW)
    db.execute("UPDATE alembic_version SET version_num = '0001'")
    backup(db.url, file, NOW)
    content = gzip.decompress(file.read_bytes()).replace(b'"revision": "0001"', b'"revision": "9999"')
    file.write_bytes(gzip.compress(content))
    with pytest.raises(Unavailable, match="newer version") as told:
        restore(db.url, file, NOW, replace=True)
    assert "backup" in said(told.value)


def test_a_backup_is_never_written_over_a_file(db: Raw, file: Path) -> None:
    file.write_text("my thesis")
    with pytest.raises(Conflict, match="left as it is"):
        backup(db.url, file, NOW)
    assert file.read_text() == "my thesis"
    assert list(file.parent.iterdir()) == [file]


def test_of_scheduled_backups_the_newest_are_kept_and_each_is_noted(db: Raw, file: Path) -> None:
    ours = [file.parent / f"maia-20260{month}02-120000.maia" for month in (3, 4, 5)]
    for strange in ("maia-old.maia", "notes.txt"):
        (file.parent / strange).write_text("somebody's")
    for month, name in zip((3, 4, 5), ours, strict=True):
        made, listing = rotate(db.url, file.parent, 2, NOW.replace(month=month))
        assert (made, listing.kind) == (name, db.url.get_backend_name())
    assert sorted(each.name for each in file.parent.iterdir()) == [
        *(each.name for each in ours[1:]),
        "maia-old.maia",
        "notes.txt",
    ]
    assert [each["subject"] for each in rows(db.url)["events"] if each["action"] == "backup.made"] == [
        each.name for each in ours
    ]
    with pytest.raises(InvalidInput, match="no such folder"):
        rotate(db.url, file.parent / "away", 2, NOW)


def test_a_file_that_is_no_whole_backup_changes_nothing(sqlite_db: SqliteRaw, file: Path) -> None:
    backup(sqlite_db.url, file, NOW)
    before, whole = rows(sqlite_db.url), file.read_bytes()
    for content in (whole[: len(whole) // 2], b"dear diary", whole[:-2000] + b"x" * 2000):
        file.write_bytes(content)
        with pytest.raises(InvalidInput, match="damaged"):
            restore(sqlite_db.url, file, NOW, replace=True)
    with pytest.raises(NotFound):
        restore(sqlite_db.url, file.with_name("none"), NOW, replace=True)
    assert rows(sqlite_db.url) == before


def test_a_damaged_database_can_be_replaced(sqlite_db: SqliteRaw, file: Path) -> None:
    backup(sqlite_db.url, file, NOW)
    before = rows(sqlite_db.url)
    sqlite_db.path.write_bytes(b"\0" * 4096)
    assert restore(sqlite_db.url, file, NOW, replace=True)
    assert rows(sqlite_db.url) == before
    with closing(sqlite3.connect(sqlite_db.path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert sqlite_db.path.stat().st_mode & 0o077 == 0


def test_a_backup_of_the_other_kind_is_refused(
    sqlite_db: SqliteRaw, postgresql_db: PostgresqlRaw, file: Path
) -> None:
    backup(sqlite_db.url, file, NOW)
    with pytest.raises(InvalidInput, match="another kind"):
        restore(postgresql_db.url, file, NOW, replace=True)


def test_missing_and_old_programs_of_postgresql_are_named(
    postgresql_db: PostgresqlRaw, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="pg_dump is missing") as told:
        backup(postgresql_db.url, file, NOW)
    assert "postgresql-client-" in said(told.value)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    with pytest.raises(Unavailable, match="too old"):
        backup(postgresql_db.url, file, NOW)
    assert not file.exists()


def test_no_password_is_on_a_command_line_or_in_the_environment_of_a_program(
    postgresql_db: PostgresqlRaw, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = postgresql_db.url.password
    assert password
    said_to, real = tmp_path / "said", postgresql._program("pg_dump", 0)
    spy = tmp_path / "99" / "bin" / "pg_dump"
    spy.parent.mkdir(parents=True)
    spy.write_text(f'#!/bin/sh\n{{ echo "$@"; env; }} >{said_to}\nexec {real} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path)
    backup(postgresql_db.url, file, NOW)
    assert "--dbname" in said_to.read_text()
    assert password not in said_to.read_text()


def test_the_backup_of_a_schema_of_its_own_comes_back_there_and_nowhere_else(
    postgresql_db: PostgresqlRaw, file: Path
) -> None:
    with closing(PostgresqlRaw(postgresql_db.url)) as other:
        other.execute('CREATE SCHEMA "the hub\'s"')
        own = postgresql_db.url.update_query_dict({"options": '-c search_path="the\\ hub\'s"'})
        upgrade(own)
        backup(own, file, NOW)
        other.execute('DROP SCHEMA "the hub\'s" CASCADE')
        other.execute('CREATE SCHEMA "the hub\'s"')
        elsewhere = rows(postgresql_db.url)
        with pytest.raises(Unavailable, match="another schema"):
            restore(postgresql_db.url, file, NOW, replace=True)
        restore(own, file, NOW, replace=False)
        check(own)
    assert rows(postgresql_db.url) == elsewhere
