"""Copies of an SQLite file, and a copy in its place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from maia_hub.core.errors import Conflict, Unavailable
from maia_hub.store import sqlite

_LOGS = ("-wal", "-shm")


def copy(url: URL, target: Path) -> str | None:
    """Write all of one moment to a file, while others use the database; return the revision of that moment."""
    sqlite.version(url)
    copy_file(Path(sqlite.name(url)), target)
    return sqlite.version(url.set(database=str(target)))


def copy_file(source: Path, target: Path) -> None:
    """Copy any SQLite file as it is at one moment, by SQLite's own backup: one that is written to meanwhile, too."""
    try:
        target.touch(mode=0o600, exist_ok=False)
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=10)) as one,
            closing(sqlite3.connect(target)) as other,
        ):
            one.backup(other)
    except (sqlite3.Error, OSError) as e:
        raise Unavailable(f"The database {source} cannot be copied: {e}.", advice="Is there room?") from e


def stands(url: URL) -> bool:
    """Tell whether there is such a file."""
    return Path(sqlite.name(url)).exists()


def set_aside(url: URL, stamp: str) -> Path:
    """Give the file, a damaged one too, another name beside its own; refuse while another process has it open."""
    path = Path(sqlite.name(url))
    _need_unused(path)
    kept = path.with_name(f"{path.name}.{stamp}")
    for end in (
        "",
        *_LOGS,
    ):  # the logs are gone unless the file is damaged: then they may be all that is left
        part = path.with_name(path.name + end)
        if part.exists():
            part.rename(kept.with_name(kept.name + end))
    return kept


def put(url: URL, source: Path) -> None:
    """Let a copy be the file."""
    path = Path(sqlite.name(url))
    waiting = path.with_name(f".{path.name}-restoring")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, waiting)
        waiting.chmod(0o600)
        sqlite.version(url.set(database=str(waiting)))
        os.replace(waiting, path)
    except OSError as e:
        raise Unavailable(
            f"The database {path} cannot be written: {e.strerror}.", advice="Make room, then restore again."
        ) from e


def _need_unused(path: Path) -> None:
    """Raise `Conflict` if a process has the file open: it would go on writing to what nobody reads any more.

    Only who is alone with a file can end its log; a damaged file has none that anybody could use.
    """
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)
        ) as connection:
            alone = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete"
    except sqlite3.OperationalError as e:
        alone = "locked" not in str(e)
    except sqlite3.DatabaseError:
        alone = True
    if not alone:
        raise Conflict(
            "The database is being used.",
            given=str(path),
            advice="Stop the service first, then restore again.",
        )
