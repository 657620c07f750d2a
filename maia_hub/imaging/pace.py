"""Counting what is through of a transfer, and telling of it a few times a second."""

from __future__ import annotations

import threading
import time

from maia_hub.imaging.progress import Progress, Tell, silent

_EVERY = 0.2


class Pace:
    """Counts objects and bytes; several threads may use it."""

    def __init__(self, tell: Tell | None) -> None:
        self._tell = tell or silent
        self._lock = threading.Lock()
        self._began = self._told = time.monotonic()
        self._moved = 0
        self.done = self.total = self.bytes = 0

    def add(self, size: int = 0, objects: int = 0, *, moved: bool = True) -> None:
        """Count bytes and whole objects; what was there already did not move, and says nothing about the time left."""
        with self._lock:
            self.done += objects
            self.bytes += size
            self._moved += objects if moved else 0
            now = time.monotonic()
            if now - self._told < _EVERY:
                return
            self._told = now
        self.tell()

    def tell(self) -> None:
        """Tell how far it is."""
        self._tell(self.now())

    def now(self) -> Progress:
        """Return how far it is."""
        took = max(time.monotonic() - self._began, 1e-6)
        left = max(self.total - self.done, 0)
        remaining = left * took / self._moved if self._moved else (None if left else 0.0)
        return Progress(self.done, self.total, self.bytes, self.bytes / took, remaining)
