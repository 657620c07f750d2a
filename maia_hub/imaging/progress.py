"""How far something is that takes a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` things (slices, files), ``bytes`` so far, ``rate`` in bytes a second since the beginning.

    ``remaining`` is in seconds, None while nothing is known of it.
    """

    done: int
    total: int
    bytes: int
    rate: float
    remaining: float | None


Tell: TypeAlias = Callable[[Progress], None]
"""What is told of progress."""


def silent(_: Progress) -> None:
    """Tell nobody."""


class Meter:
    """Counts what is done and tells of each step."""

    def __init__(self, total: int, tell: Tell | None = None) -> None:
        self.total = total
        self.done = 0
        self.bytes = 0
        self._tell = tell or silent
        self._began = time.monotonic()

    def add(self, size: int = 0, things: int = 1) -> None:
        """Count things that are done, and their bytes."""
        self.done += things
        self.bytes += size
        self._tell(self.now())

    def now(self) -> Progress:
        """Return how far it is."""
        took = max(time.monotonic() - self._began, 1e-9)
        remaining = took / self.done * (self.total - self.done) if self.done else None
        return Progress(self.done, self.total, self.bytes, self.bytes / took, remaining)
