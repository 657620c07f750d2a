"""How far a transfer is."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

_EVERY = 0.2
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes and files that are through, of those that had to travel; ``remaining`` is in seconds, None: unknown."""

    bytes_done: int
    bytes_total: int
    files_done: int
    files_total: int
    rate: float
    """Bytes a second since the beginning."""
    remaining: float | None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a transfer came to; what was the same already did not travel."""

    files: int
    bytes: int
    files_moved: int
    bytes_moved: int
    removed: int = 0
    seconds: float = 0.0


async def silent(state: Mapping[str, Any]) -> None:
    """Tell nobody."""


class Meter:
    """Counts what is through, and tells of it a few times a second."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._began = self._told = time.monotonic()
        self._first = 0
        self.bytes_done = self.bytes_total = self.files_done = self.files_total = 0

    def expect(self, files: int, size: int, done: int = 0) -> None:
        """Say what there is to move, and how much of it is there already."""
        self.files_total, self.bytes_total = files, size
        self.files_done, self.bytes_done, self._first = 0, done, done
        self._began = time.monotonic()

    async def add(self, size: int, files: int = 0) -> None:
        """Count bytes and whole files."""
        self.bytes_done += size
        self.files_done += files
        if time.monotonic() - self._told >= _EVERY or self.files_done == self.files_total:
            self._told = time.monotonic()
            await self._tell(msgspec.structs.asdict(self.now()))

    def now(self) -> Progress:
        """Return how far it is."""
        rate = (self.bytes_done - self._first) / max(time.monotonic() - self._began, 1e-6)
        left = max(self.bytes_total - self.bytes_done, 0)
        return Progress(
            bytes_done=self.bytes_done,
            bytes_total=self.bytes_total,
            files_done=self.files_done,
            files_total=self.files_total,
            rate=rate,
            remaining=left / rate if rate > 0 else None,
        )
