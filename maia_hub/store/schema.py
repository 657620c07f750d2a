"""Making a database, bringing one up to date, and refusing one that cannot be trusted.

Migrations expand first and contract a release later. They run when somebody says so, never at a service's start.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from maia_hub.core.errors import Unavailable
from maia_hub.store.dialects import dialect_of, parse

_MIGRATE = "Run the migrations of this version: maia migrate."


def upgrade(url: str | URL, to: str = "head") -> None:
    """Make the tables at ``url`` if there are none, or bring them up to date; `Unavailable` if they are not ours.

    An SQLite file is made, too; a PostgreSQL database is made by its administrator. Of two that do this at once, one
    waits and finds it done. ``to`` is the version that is wanted, by default this program's.
    """
    url = parse(url)
    called = dialect_of(url).name(url)
    known(called, dialect_of(url).prepare(url))
    try:
        command.upgrade(_config(url), to)
    except Exception as e:
        why = str(getattr(e, "orig", None) or type(e).__name__).partition("\n")[0]
        raise Unavailable(
            f"The database {called} could not be brought up to date ({why}).",
            advice="Nothing was changed. Mend this, or restore the database from a backup.",
        ) from e


def check(url: str | URL) -> None:
    """Raise `Unavailable` unless the database is there, sound, writable and as this version expects it."""
    url = parse(url)
    called = dialect_of(url).name(url)
    found = known(called, dialect_of(url).version(url))
    head = ScriptDirectory.from_config(_config(url)).get_current_head()
    if found is None:
        raise Unavailable(f"The database {called} has no tables yet.", advice=_MIGRATE)
    if found != head:
        raise Unavailable(
            f"The database {called} has version {found}, this program needs {head}.", advice=_MIGRATE
        )


def known(called: str, version: str | None) -> str | None:
    """Return the version that a database has; `Unavailable` if this program is older than it."""
    ours = {script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()}
    if version is not None and version not in ours:
        raise Unavailable(
            f"The database {called} was written by a newer version ({version}).",
            advice="Run that version, or restore a backup made before it.",
        )
    return version


def _config(url: URL | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config
