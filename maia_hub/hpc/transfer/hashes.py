"""SHA-256 of files, remembered as long as a file looks untouched."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

_CHUNK = 1 << 20
BLOCK = 8 << 20
"""Bytes of a large file that are compared and sent as one."""
_WORTH = 1 << 20
"""Smaller files are read again: that is as fast as to look them up."""


def digest(data: bytes) -> str:
    """Return the hash of bytes."""
    return hashlib.sha256(data).hexdigest()


def of_file(path: Path) -> str:
    """Return the hash of a file; a large one's is remembered with its size, time and inode."""
    known = path.stat()
    if known.st_size < _WORTH:
        return digest(path.read_bytes())
    key = (
        str(path.absolute()).encode(errors="surrogateescape"),
        known.st_size,
        known.st_mtime_ns,
        known.st_ino,
    )
    with closing(_memory()) as memory, memory:
        row = memory.execute(
            "SELECT digest FROM hashes WHERE path = ? AND size = ? AND modified = ? AND inode = ?", key
        ).fetchone()
        if row:
            return str(row[0])
    found = _read(path)
    with closing(_memory()) as memory, memory:
        memory.execute("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?, ?)", (*key, found))
    return found


def blocks(path: Path) -> list[str]:
    """Return the hashes of a file's blocks."""
    found = []
    with path.open("rb") as file:
        while data := file.read(BLOCK):
            found.append(digest(data))
    return found


def _read(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while data := file.read(_CHUNK):
            made.update(data)
    return made.hexdigest()


def _memory() -> sqlite3.Connection:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maia-hub"
    folder.mkdir(parents=True, exist_ok=True)
    memory = sqlite3.connect(folder / "hashes.sqlite", timeout=30)
    memory.execute(
        "CREATE TABLE IF NOT EXISTS hashes (path BLOB PRIMARY KEY, size INTEGER, modified INTEGER, inode INTEGER,"
        " digest TEXT)"
    )
    return memory
