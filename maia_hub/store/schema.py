"""Making a database, bringing one up to date, and refusing one that cannot be trusted.

Migrations expand first and contract a release later. They run when somebody says so, never at a service's start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from maia_hub.core.errors import InvalidInput, Unavailable
from maia_hub.store.dialects import dialect_of, parse

_MIGRATE = "Run the migrations of this version: maia migrate."


def upgrade(url: str | URL, to: str = "head") -> None:
    """Make the tables at ``url`` if there are none, or bring them up to date; `Unavailable` if they are not ours.

    An SQLite file is made, too; a PostgreSQL database is made by its administrator. Of two that do this at once, one
    waits and finds it done. ``to`` is the version that is wanted, by default this program's.
    """
    url = parse(url)
    known(dialect_of(url).name(url), dialect_of(url).prepare(url))
    with _told(url, "brought up to date"):
        command.upgrade(_config(url), to)


@dataclass(frozen=True)
class Loss:
    """What going back past a revision forgets."""

    revision: str
    title: str
    what: str


def losses(url: str | URL, to: str) -> list[Loss]:
    """Return what going back to revision ``to`` would forget, the newest first; nothing if it is not older.

    Raises:
        InvalidInput: there is no such revision.
        Unavailable: the database cannot be used, or a newer version wrote it.
    """
    url = parse(url)
    found = known(dialect_of(url).name(url), dialect_of(url).version(url))
    scripts = ScriptDirectory.from_config(_config(url))
    chain = [script.revision for script in scripts.walk_revisions()]
    if to not in chain:
        raise InvalidInput("There is no such version of the database.", given=to, allowed=sorted(chain))
    undone = chain[: chain.index(to)]
    undone = undone[undone.index(found) :] if found in undone else []
    modules = [(each, scripts.get_revision(each).module) for each in undone]
    return [Loss(each, str(module.__doc__), str(module.downgrade.__doc__)) for each, module in modules]


def downgrade(url: str | URL, to: str) -> None:
    """Go back to an older revision, for the program that has it; what `losses` tells is forgotten."""
    url = parse(url)
    losses(url, to)
    with _told(url, "taken back"):
        command.downgrade(_config(url, back=True), to)


@contextmanager
def _told(url: URL, what: str) -> Iterator[None]:
    try:
        yield
    except Exception as e:
        why = str(getattr(e, "orig", None) or type(e).__name__).partition("\n")[0]
        raise Unavailable(
            f"The database {dialect_of(url).name(url)} could not be {what} ({why}).",
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
    scripts = ScriptDirectory.from_config(_config(None))
    ours = {script.revision for script in scripts.walk_revisions()}
    if version is not None and version not in ours:
        raise Unavailable(
            f"The database {called} was written by a newer version ({version}).",
            advice=f"Run that version, let it go back (maia migrate --to {scripts.get_current_head()}), or restore a "
            "backup made before it.",
        )
    return version


def _config(url: URL | None, *, back: bool = False) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(url=url, back=back)
    return config
