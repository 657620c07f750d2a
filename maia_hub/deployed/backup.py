"""A backup of an installation's booking database, and the way back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from maia_hub.store import backups


def backup(database: URL, file: Path, now: datetime) -> backups.Listing:
    """Write a backup of the bookings, while services use them or not."""
    with TemporaryDirectory(prefix="maia-backup-") as work:
        part = Path(work) / backups.DATABASE
        listing = backups.copy(database, part, now)
        backups.pack(file, listing, {part.name: part})
    return listing


def restore(database: URL, file: Path, now: datetime, *, replace: bool) -> Path | None:
    """Let a backup be the booking database; return where what was there is kept, if anything was."""
    with TemporaryDirectory(prefix="maia-restore-") as work:
        backups.listed(backups.unpack(file, Path(work)), database)
        part = Path(work) / backups.DATABASE
        return backups.put(database, part, replace=replace, beside=file.absolute().parent, now=now)
