"""A backup of one machine's data folder: the two databases, the settings with their secrets, the hub's own secret.

The homes are people's files, and not in it; logs and what is of use only to a running platform are not needed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from maia_hub.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from maia_hub.embedded.folder import Folder, exclusive
from maia_hub.store import backups, upgrade
from maia_hub.store.backups import sqlite

_WHO = {"up.lock": "A maia up", "service.lock": "A service"}


def backup(folder: Folder, file: Path, now: datetime) -> backups.Listing:
    """Write a backup, while the platform runs or not.

    Raises:
        NotFound: there is no platform in that folder.
        Conflict: there is such a file already.
        Unavailable: something cannot be read or written.
    """
    if not folder.settings.exists() or not folder.database.exists():
        raise NotFound(
            "There is no platform in that folder.",
            given=str(folder.root),
            advice="Name the folder with --data DIR.",
        )
    with _workplace(folder, "backup") as work:
        listing = backups.copy(f"sqlite:///{folder.database}", work / backups.DATABASE, now)
        for name, path in _others(folder).items():
            if path == folder.hub_database:
                sqlite.copy_file(path, work / name)
            elif path.exists():
                shutil.copyfile(path, work / name)
        backups.pack(file, listing, {path.name: path for path in sorted(work.iterdir())})
    return listing


def restore(folder: Folder, file: Path, now: datetime, *, replace: bool) -> Path | None:
    """Let a backup be the platform of that folder; return the folder where what was there is kept.

    Raises:
        Conflict: something is there and it was not said that it may be replaced, or a platform runs there.
        InvalidInput, NotFound: it is no backup of a data folder.
        Unavailable: a newer version made it, or something cannot be written; what was there is as it was.
    """
    there = [path for path in (folder.database, *_others(folder).values()) if path.exists()]
    if there and not replace:
        raise Conflict(
            "There is a platform in that folder already, and it was left as it is.",
            given=str(folder.root),
            advice="With --replace it is kept aside, and the backup takes its place.",
        )
    folder.prepare(traversable=False)
    with ExitStack() as held, _workplace(folder, "restore") as work:
        for lock, who in _WHO.items():
            held.enter_context(exclusive(folder.run / lock, who))
        listing = backups.unpack(file, work)
        backups.listed(listing, f"sqlite:///{folder.database}")
        places = {backups.DATABASE: folder.database, **_others(folder)}
        if not {backups.DATABASE, folder.settings.name} <= set(listing.digests) <= set(places):
            raise InvalidInput(
                "That backup is not one of a data folder.", given=str(file), allowed="one that maia up made"
            )
        upgrade(f"sqlite:///{work / backups.DATABASE}")
        kept = folder.root / f"before-restore-{now:%Y%m%d-%H%M%S}"
        _exchange({work / name: places[name] for name in listing.digests}, list(places.values()), kept)
        if there:
            return kept
        shutil.rmtree(kept)
    return None


def _others(folder: Folder) -> dict[str, Path]:
    return {path.name: path for path in (folder.hub_database, folder.cookie_secret, folder.settings)}


def _exchange(new: dict[Path, Path], places: list[Path], kept: Path) -> None:
    """Move all that stands in these places aside and what is new there; if that fails, all is as it was."""
    moves = [(path, kept / path.name) for place in places for path in _with_logs(place) if path.exists()]
    moves += [(path, place) for made, place in new.items() for path, place in _pairs(made, place)]
    done: list[tuple[Path, Path]] = []
    try:
        kept.mkdir(mode=0o700)
        for source, target in moves:
            os.rename(source, target)
            done.append((source, target))
    except OSError as e:
        for source, target in reversed(done):
            os.rename(target, source)
        raise Unavailable(
            f"The data folder cannot be written: {e.strerror}.",
            given=str(kept.parent),
            advice="Nothing was changed.",
        ) from e


def _pairs(made: Path, place: Path) -> list[tuple[Path, Path]]:
    both = zip(_with_logs(made), _with_logs(place), strict=True)
    return [(source, target) for source, target in both if source.exists()]


def _with_logs(path: Path) -> list[Path]:
    """Return a file and those that SQLite may keep beside it."""
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]


@contextmanager
def _workplace(folder: Folder, what: str) -> Iterator[Path]:
    """Yield an empty folder on the same disk, for the owner only."""
    try:
        made = TemporaryDirectory(dir=folder.root, prefix=f".{what}-")
    except OSError as e:
        raise Unavailable(f"The data folder cannot be written: {e.strerror}.", given=str(folder.root)) from e
    with made as work:
        yield Path(work)
