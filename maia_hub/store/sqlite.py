"""An SQLite file as database: one machine's, with one writer at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from maia_hub.core.errors import Unavailable

APPLICATION_ID = 0x4D414941
"""“MAIA”, kept in the header of the file, so that somebody else's file is never taken for ours."""

BUSY_TIMEOUT = 10.0
BUSY_TIMEOUT_TO_MIGRATE = 600.0
"""Seconds a writer waits for another one."""

READS: dict[str, Any] = {}
WRITES: dict[str, Any] = {"maia_write": True}
"""Execution options of a connection that reads, and of one that writes."""

SHARED = False
ADVICE = "(is the disk full, or the data folder read-only?)"
_KEEP = "Nothing was changed. Restore the file from a backup, or name another data folder."


def engine(url: URL, *, migrates: bool = False) -> Engine:
    """Return an engine with the settings that correctness rests on."""
    made = create_engine(
        url,
        connect_args={
            "timeout": BUSY_TIMEOUT_TO_MIGRATE if migrates else BUSY_TIMEOUT,
            "check_same_thread": False,
        },
        max_overflow=-1,  # a thread waits for its turn to write, never for a connection
        hide_parameters=True,
    )
    event.listen(made, "connect", _on_connect)
    event.listen(made, "begin", _on_begin)
    return made


def _on_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
    # Transactions begin where `_on_begin` says, not where the driver guesses.
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("maia_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def name(url: URL) -> str:
    """Return what errors call the database."""
    return str(_path(url))


def prepare(url: URL) -> str | None:
    """Make the file if there is none, refuse one that is not ours; return its version, None if it has no tables."""
    path = _path(url)
    if path.exists():
        return _check_file(path)
    _create(path)
    return None


def version(url: URL) -> str | None:
    """Return the version of a sound, writable database of ours, or None if it has no tables yet."""
    path = _path(url)
    if not path.exists():
        raise Unavailable(f"There is no database {path}.", advice="Run the migrations first.")
    return _check_file(path)


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        try:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        except sqlite3.Error:
            path.unlink()  # half a database would be refused at the next start as somebody else's
            raise
    except (OSError, sqlite3.Error) as e:
        raise Unavailable(
            f"The database {path} cannot be made: {e}.", advice="Is the folder writable?"
        ) from e


def _check_file(path: Path) -> str | None:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)
        try:
            ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            found = _version_of(connection) if ours and sound else None
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as e:
        raise Unavailable(f"The database {path} cannot be used: {e}.", advice=_KEEP) from e
    if not ours:
        raise Unavailable(f"The file {path} is not a database of MAIA Hub.", advice=_KEEP)
    if not sound:
        raise Unavailable(f"The database {path} is damaged.", advice=_KEEP)
    return found


def _version_of(connection: sqlite3.Connection) -> str | None:
    """Return the version; a write that changes nothing tells whether the file is writable."""
    connection.execute("BEGIN IMMEDIATE")
    has_table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if has_table else None
    connection.execute(f"PRAGMA user_version = {connection.execute('PRAGMA user_version').fetchone()[0]}")
    connection.rollback()
    return str(row[0]) if row else None


def _path(url: URL) -> Path:
    if not url.database:
        raise Unavailable("The database must be a file.", allowed="sqlite:///PATH")
    return Path(url.database)
