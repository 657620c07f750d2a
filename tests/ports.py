"""Ports for servers of the tests.

A port that was only looked for is anybody's until its server has it, and again while that server is restarted:
another process of tests may find it, too, and a connection may get it for its own end. So each process has ports that
are its own as long as it lives, from below those that connections get.
"""

from __future__ import annotations

import fcntl
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tests.kube.place import cache

FIRST, LAST = 23_000, 30_000
"""Above are those of Kubernetes' Services, and then those of connections (32768 on, as Linux comes)."""
BLOCK = 50
_SHARED = cache() / "ports"
"""As it was at the beginning: a test may have another home for a while."""


class Ports:
    """Gives out ports; each file in a folder is locked by whoever has the ports it is named for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[IO[str]] = []
        self._one = threading.Lock()
        self._left = self._all()

    def next(self) -> int:
        """Return a port of the loopback that nobody else gets while this process lives."""
        with self._one:
            return next(self._left)

    def close(self) -> None:
        """Let others have them."""
        for each in self._held:
            each.close()

    def _all(self) -> Iterator[int]:
        self._folder.mkdir(parents=True, exist_ok=True)
        for first in range(FIRST, LAST, BLOCK):
            if self._lock(self._folder / str(first)):
                yield from filter(_is_free, range(first, first + BLOCK))
        raise RuntimeError(f"all ports from {FIRST} to {LAST} are taken; {self._folder} tells by whom")

    def _lock(self, path: Path) -> bool:
        file = path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._held.append(file)
        return True


def _is_free(port: int) -> bool:
    """Say whether nobody has it: a server whose process of tests was killed may go on."""
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


_PORTS = Ports(_SHARED)


def free_port() -> int:
    """Return a port of the loopback for a server; nobody else gets it while this process lives."""
    return _PORTS.next()
