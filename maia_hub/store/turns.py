"""Who writes next within a process: first come, first served."""

from __future__ import annotations

from collections import deque
from threading import Event, Lock


class Turns:
    """A lock that is given in the order in which it was asked for; a plain one may pass somebody by for ever."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._line: deque[Event] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait for the turn; return whether it came within so many seconds."""
        mine = Event()
        with self._lock:
            self._line.append(mine)
            if self._line[0] is mine:
                mine.set()
        if mine.wait(timeout):
            return True
        with self._lock:
            if not mine.is_set():
                self._line.remove(mine)
            return mine.is_set()

    def release(self) -> None:
        """Let the next one have the turn."""
        with self._lock:
            self._line.popleft()
            if self._line:
                self._line[0].set()
