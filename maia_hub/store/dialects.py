"""Which kind of database a URL names, and what this kind does in its own way."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from maia_hub.core.errors import Unavailable
from maia_hub.store import postgresql, sqlite

ALLOWED = ("sqlite:///PATH", "postgresql://USER@HOST/DATABASE")


class Dialect(Protocol):
    """One kind of database, a module.

    ``READS`` and ``WRITES`` are execution options of a connection that reads or writes; ``ADVICE`` is what to look at
    if the database fails; ``SHARED`` says whether several processes serve from it, which tell each other of events.
    """

    READS: dict[str, Any]
    WRITES: dict[str, Any]
    ADVICE: str
    SHARED: bool

    def engine(self, url: URL, *, migrates: bool = False) -> Engine:
        """Return an engine with the settings that correctness rests on; one that migrates is patient."""

    def name(self, url: URL) -> str:
        """Return what errors call the database; no secret is in it."""

    def prepare(self, url: URL) -> str | None:
        """Let there be a database to migrate; refuse one that is not ours; return its version, None if it is new."""

    def version(self, url: URL) -> str | None:
        """Return the version of a sound, writable database of ours; None if its tables are missing."""


_BY_NAME: dict[str, Dialect] = {"sqlite": sqlite, "postgresql": postgresql}


def parse(url: str | URL) -> URL:
    """Return the URL of a database with the driver that this program uses.

    Raises:
        Unavailable: it is no URL, or one of another kind of database; a secret in it is never part of the message.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None:
        raise Unavailable("What names the database is no URL.", allowed=list(ALLOWED))
    kind = "postgresql" if parsed.drivername == "postgres" else parsed.get_backend_name()
    if kind not in _BY_NAME:
        raise Unavailable(
            "The database is of a kind that is not supported.", given=kind, allowed=list(ALLOWED)
        )
    return parsed.set(drivername="postgresql+psycopg") if kind == "postgresql" else parsed


def dialect_of(url: URL) -> Dialect:
    """Return the kind of database that a parsed URL names."""
    return _BY_NAME[url.get_backend_name()]
