"""Making a database, bringing one up to date, and refusing one that cannot be trusted.

Migrations expand first and contract a release later. They run when somebody says so, never at a service's start.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from maia_hub.core.errors import Unavailable

APPLICATION_ID = 0x4D414941
"""“MAIA”, kept in the header of the SQLite file, so that somebody else's file is never taken for ours."""

_KEEP = "Nothing was changed. Restore the file from a backup, or name another data folder."


def upgrade(url: str) -> None:
    """Make the database at ``url`` if there is none, or bring it up to date; `Unavailable` if it is not ours."""
    path = _path(url)
    if path.exists():
        _check_file(path)
    else:
        _create(path)
    try:
        command.upgrade(_config(url), "head")
    except Exception as e:
        why = getattr(e, "orig", None) or type(e).__name__
        raise Unavailable(
            f"The database {path} could not be brought up to date ({why}).", advice=_KEEP
        ) from e


def check(url: str) -> None:
    """Raise `Unavailable` unless the database is there, sound, writable and as this version expects it."""
    path = _path(url)
    if not path.exists():
        raise Unavailable(f"There is no database {path}.", advice="Run the migrations first.")
    found = _check_file(path)
    head = ScriptDirectory.from_config(_config(url)).get_current_head()
    if found != head:
        raise Unavailable(
            f"The database {path} has version {found}, this program needs {head}.",
            advice="Run the migrations of this version.",
        )


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
    """Return the version of a sound, writable database of ours."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)
        try:
            ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            if ours and sound:
                connection.execute("BEGIN IMMEDIATE")
                version = _version(connection)
                connection.execute(
                    f"PRAGMA user_version = {connection.execute('PRAGMA user_version').fetchone()[0]}"
                )
                connection.rollback()
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as e:
        raise Unavailable(f"The database {path} cannot be used: {e}.", advice=_KEEP) from e
    if not ours:
        raise Unavailable(f"The file {path} is not a database of MAIA Hub.", advice=_KEEP)
    if not sound:
        raise Unavailable(f"The database {path} is damaged.", advice=_KEEP)
    known = {script.revision for script in ScriptDirectory.from_config(_config("")).walk_revisions()}
    if version is not None and version not in known:
        raise Unavailable(
            f"The database {path} was written by a newer version ({version}).",
            advice="Run that version, or restore a backup made before it.",
        )
    return version


def _version(connection: sqlite3.Connection) -> str | None:
    has_table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if has_table else None
    return str(row[0]) if row else None


def _path(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise Unavailable(
            "The database must be an SQLite file.", given=parsed.get_backend_name(), allowed="sqlite:///PATH"
        )
    return Path(parsed.database)


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config
