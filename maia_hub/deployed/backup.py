"""A backup of an installation's booking database, and the way back."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import UserName
from maia_hub.store import Store, backups
from maia_hub.store.events import BACKUP_MADE, Event

_OURS = re.compile(r"maia-[0-9]{8}-[0-9]{6}\.maia")


def backup(database: URL, file: Path, now: datetime) -> backups.Listing:
    """Write a backup of the bookings, while services use them or not."""
    with TemporaryDirectory(prefix="maia-backup-") as work:
        part = Path(work) / backups.DATABASE
        listing = backups.copy(database, part, now)
        backups.pack(file, listing, {part.name: part})
    return listing


def rotate(database: URL, folder: Path, keep: int, now: datetime) -> tuple[Path, backups.Listing]:
    """Write a backup that is named by its time into a folder, note that in the audit log, and keep the newest ones.

    None goes before a newer one is whole; what is called otherwise than ours stays.
    """
    if not folder.is_dir():
        raise InvalidInput(
            "There is no such folder.",
            given=str(folder),
            allowed="a folder",
            advice="Make or mount it first.",
        )
    file = folder / f"maia-{now:%Y%m%d-%H%M%S}.maia"
    listing = backup(database, file, now)
    made = Event(at=now, actor="platform", action=BACKUP_MADE, subject=file.name, user=UserName(""))
    with closing(Store(database)) as store, store.write() as tx:
        tx.events.add(made)
    for old in sorted(each for each in folder.glob("maia-*.maia") if _OURS.fullmatch(each.name))[:-keep]:
        old.unlink()
    return file, listing


def restore(database: URL, file: Path, now: datetime, *, replace: bool) -> Path | None:
    """Let a backup be the booking database; return where what was there is kept, if anything was."""
    with TemporaryDirectory(prefix="maia-restore-") as work:
        backups.listed(backups.unpack(file, Path(work)), database)
        part = Path(work) / backups.DATABASE
        return backups.put(database, part, replace=replace, beside=file.absolute().parent, now=now)
