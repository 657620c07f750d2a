"""Copying a database of either kind, and putting a copy in the place of what is there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from sqlalchemy import URL

from maia_hub import __version__
from maia_hub.core.errors import Conflict, InvalidInput, Unavailable
from maia_hub.store import schema
from maia_hub.store.backups import postgresql, sqlite
from maia_hub.store.backups.archive import Listing, pack
from maia_hub.store.dialects import dialect_of, parse

DATABASE = "database"
"""The part of a backup that holds the booking database."""


class Copier(Protocol):
    """What each kind of database does in its own way, a module."""

    def copy(self, url: URL, target: Path) -> str | None:
        """Write all of one moment to a file, while others use the database; return the revision of that moment."""

    def stands(self, url: URL) -> bool:
        """Tell whether something is there that a restored copy would replace."""

    def set_aside(self, url: URL, stamp: str) -> Path | None:
        """Give what is there another name; None if it stays where it is until `put` replaces it."""

    def put(self, url: URL, source: Path) -> None:
        """Let a copy take the place of all that is there, at a stroke; refuse while somebody uses the database."""


_BY_NAME: dict[str, Copier] = {"sqlite": sqlite, "postgresql": postgresql}


def copy(url: str | URL, target: Path, now: datetime) -> Listing:
    """Copy a database while it is used; return what the copy is of, with no digests yet.

    Raises:
        Unavailable: the database cannot be read, has no tables, is not ours, or what copies it is missing.
    """
    url = parse(url)
    kind, called = url.get_backend_name(), dialect_of(url).name(url)
    revision = schema.known(called, _BY_NAME[kind].copy(url, target))
    if revision is None:
        raise Unavailable(f"The database {called} has no tables yet: there is nothing to keep.")
    return Listing.model_validate(
        {"kind": kind, "revision": revision, "version": __version__, "made": now, "digests": {}}
    )


def listed(listing: Listing, url: str | URL) -> None:
    """Refuse a backup that this program, or the database at ``url``, cannot take.

    Raises:
        InvalidInput: it is of a database of the other kind.
        Unavailable: a newer version made it.
    """
    kind = parse(url).get_backend_name()
    if listing.kind != kind:
        raise InvalidInput(
            "That backup is of a database of another kind.",
            given=listing.kind,
            allowed=kind,
            advice="Restore it where the bookings are in such a database.",
        )
    schema.known(f"in the backup of {listing.made:%Y-%m-%d %H:%M} UTC", listing.revision)


def put(url: str | URL, source: Path, *, replace: bool, beside: Path, now: datetime) -> Path | None:
    """Let a copy be the database, and bring it up to date; return where what was there is kept, None if nothing was.

    An SQLite file is kept under another name; of a PostgreSQL database a backup is written into the folder ``beside``.

    Raises:
        Conflict: there is a database and it was not said that it may be replaced, or somebody uses it.
        Unavailable: it cannot be done; what was there is as it was.
    """
    url = parse(url)
    copier = _BY_NAME[url.get_backend_name()]
    there = copier.stands(url)
    if there and not replace:
        raise Conflict(
            "There is a database already, and it was left as it is.",
            given=dialect_of(url).name(url),
            advice="With --replace it is kept aside, and the backup takes its place.",
        )
    kept = _kept(copier, url, beside, now) if there else None
    copier.put(url, source)
    schema.upgrade(url)
    return kept


def _kept(copier: Copier, url: URL, beside: Path, now: datetime) -> Path:
    stamp = f"before-restore-{now:%Y%m%d-%H%M%S}"
    renamed = copier.set_aside(url, stamp)
    if renamed is not None:
        return renamed
    target = beside / f"{stamp}.maia"
    with TemporaryDirectory(prefix="maia-restore-") as work:
        part = Path(work) / DATABASE
        pack(target, copy(url, part, now), {DATABASE: part})
    return target
