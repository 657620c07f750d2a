"""A small disk of a test's own, that can be full and can be read-only: a file system in a file."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

_SIZE = 64 * 2**20


class Disk:
    """It is mounted on a folder below ``folder`` until it is closed."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "disk"
        self._image = folder / "disk.ext4"

    def mount(self) -> Disk:
        """Make it and mount it."""
        self.root.mkdir()
        with self._image.open("wb") as image:
            image.truncate(_SIZE)
        _run("mkfs.ext4", "-q", "-m", "0", str(self._image))
        _run("mount", "-o", "loop", str(self._image), str(self.root))
        return self

    def close(self) -> None:
        """Unmount it."""
        _run("umount", "--lazy", str(self.root))

    @contextmanager
    def full(self, database: Path) -> Iterator[None]:
        """Leave no byte free for the time of a block, nor in what an SQLite database has reserved."""
        filling = self.root / "filling"
        with closing(sqlite3.connect(database, timeout=10)) as other:
            (busy, *_) = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            assert not busy
        try:
            with filling.open("wb", buffering=0) as file, suppress(OSError):
                while file.write(b"x" * 4096):
                    pass
            yield
        finally:
            filling.unlink()

    @contextmanager
    def read_only(self, database: Path) -> Iterator[None]:
        """Let nobody write to an SQLite database for the time of a block, not even who has it open."""
        files = [
            str(path) for path in (database, database.with_name(f"{database.name}-wal")) if path.exists()
        ]
        _run("chattr", "+i", *files)
        try:
            yield
        finally:
            _run("chattr", "-i", *files)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
