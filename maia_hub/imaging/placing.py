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

    @contextmanager
    def arriving(self, uid: str) -> Iterator[Arrival]:
        """Yield where to write an object; afterwards its file is there, or nothing is.

        Raises:
            Unfit: what came is not that object, or not all of it.
        """
        part = self.folder / f".{uid}.{secrets.token_hex(4)}{_PART}"
        try:
            with part.open("xb") as file:
                arrival = Arrival(file)
                yield arrival
            header = identify(part)
            if header.uid != uid:
                raise Unfit(f"is another object: {header.uid}")
            part.replace(self.path(uid))
        finally:
            part.unlink(missing_ok=True)
        self._enter(uid, arrival)

    def _enter(self, uid: str, arrival: Arrival) -> None:
        line = json.dumps({"uid": uid, "size": arrival.size, "sha256": arrival.hash})
        self._ledger.write(f"{line}\n".encode())
        self._ledger.flush()


class Arrival:
    """A file that is being written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    @property
    def hash(self) -> str:
        """The hash of what was written."""
        return self._hash.hexdigest()


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
