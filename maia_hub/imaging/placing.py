"""Files that come from a server: a folder for each series, a ledger in it, and no half file under its final name."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from maia_hub.core.errors import InProgress
from maia_hub.imaging.choosing import digest
from maia_hub.imaging.headers import Unfit, identify
from maia_hub.imaging.records import is_uid

LEDGER = ".fetched"
_PART = ".part"


class Place:
    """The folder of one series, for one transfer at a time.

    The ledger says of each object how long its file is and what its hash is: a file that is cut short or changed
    later is not taken for what the server has, and comes anew.
    """

    def __init__(self, folder: Path, ledger: BinaryIO) -> None:
        self.folder = folder
        self._ledger = ledger
        self._known = _entries(ledger)

    def path(self, uid: str) -> Path:
        """Return where an object's file is, or will be."""
        return self.folder / f"{uid}.dcm"

    def has(self, uid: str) -> int | None:
        """Return the size of an object that is there as it came, in bytes."""
        entry, path = self._known.get(uid), self.path(uid)
        if entry is None or not path.is_file() or path.stat().st_size != entry[0]:
            return None
        return entry[0] if digest(path).hex() == entry[1] else None

    def all(self) -> set[str]:
        """Return the objects that are there as they came."""
        return {uid for uid in self._known if is_uid(uid) and self.has(uid) is not None}

    def begin(self) -> Arrival:
        """Return where to write an object that comes."""
        return Arrival(self)

    def enter(self, uid: str, size: int, hashed: str) -> None:
        """Write an object into the ledger."""
        line = json.dumps({"uid": uid, "size": size, "sha256": hashed})
        self._ledger.write(f"{line}\n".encode())
        self._ledger.flush()


class Arrival:
    """A file that is being written, under another name until it is whole."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._path = place.folder / f".{secrets.token_hex(8)}{_PART}"
        self._file = self._path.open("xb")
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def finish(self, uid: str | None = None, series_uid: str | None = None) -> str:
        """Give it its final name; return its UID, which is the one, or of the series, that is expected.

        Raises:
            Unfit: it is another object, or not all of it.
        """
        self._file.close()
        try:
            header = identify(self._path)
            if header.uid != (uid or header.uid) or header.series_uid != (series_uid or header.series_uid):
                raise Unfit(f"is another object: {header.uid}")
            self._path.replace(self._place.path(header.uid))
        finally:
            self.drop()
        self._place.enter(header.uid, self.size, self._hash.hexdigest())
        return header.uid

    def drop(self) -> None:
        """Remove it, unless it has its final name."""
        self._file.close()
        self._path.unlink(missing_ok=True)


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Take a folder for a transfer, and remove what an earlier one that was killed has left half.

    Raises:
        InProgress: another transfer has it now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LEDGER).open("a+b") as ledger:
        try:
            fcntl.flock(ledger, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InProgress(
                "This series is being fetched into that folder already.", given=str(folder)
            ) from error
        for left in folder.glob(f".*{_PART}"):
            left.unlink(missing_ok=True)
        yield Place(folder, ledger)


def _entries(ledger: BinaryIO) -> dict[str, tuple[int, str]]:
    """Return what a ledger says; a line that a kill has torn says nothing."""
    ledger.seek(0)
    found = {}
    text = ledger.read()
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            found[str(entry["uid"])] = (int(entry["size"]), str(entry["sha256"]))
        except (ValueError, KeyError, TypeError):
            continue
    ledger.seek(0, os.SEEK_END)
    if text and not text.endswith(b"\n"):
        ledger.write(b"\n")
    return found
