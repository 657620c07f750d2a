"""The session file, read again only when it has changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from maia_hub.core import sessionfile
from maia_hub.core.sessionfile import SessionFile

Clock = Callable[[], float]
_Signature = tuple[int, int, int]


class SessionWatch:
    """Follows one session file at the cost of one ``os.stat`` per look, from any number of threads.

    A file that vanishes or cannot be read changes nothing: the last known end still stands, since whoever
    ends the session does not ask this file. It is read again at the next look.
    """

    def __init__(self, path: Path, clock: Clock = time.time) -> None:
        self.path = path
        self.clock = clock
        self._known: tuple[_Signature | None, SessionFile | None] = (None, None)  # replaced as one: threads

    def look(self) -> SessionFile | None:
        """Return the newest readable content; None if there never was one."""
        seen, content = self._known
        try:
            stat = os.stat(self.path)
            now = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if now != seen:
                content = sessionfile.read(self.path)
                self._known = (now, content)
        except (OSError, ValueError):
            pass  # half written, gone, or no room for one more open file
        return content

    def seconds_to_save(self) -> float | None:
        """Return the seconds until saving begins (below zero: since); None without an end."""
        session = self.look()
        return None if session is None or session.save is None else session.save.timestamp() - self.clock()


class NoSession(SessionWatch):
    """Stands in where the environment names no session file: nothing is held and nothing ends."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull))

    def look(self) -> SessionFile | None:
        """Return None."""
        return None


_NONE = NoSession()


@lru_cache(maxsize=8)
def _watch(path: str) -> SessionWatch:
    return SessionWatch(Path(path))


def current() -> SessionWatch:
    """Return the watch of the session that this process runs in (or rehearses)."""
    path = os.environ.get(sessionfile.ENV)
    return _watch(path) if path else _NONE


def time_left() -> timedelta | None:
    """Return the time until the GPU is gone, never below zero; None if the session has no end.

    It counts to the end T of the session itself. Saving begins, and the server stops, somewhat earlier:
    `status` shows when.
    """
    watch = current()
    session = watch.look()
    if session is None or session.until is None:
        return None
    return timedelta(seconds=max(0.0, session.until.timestamp() - watch.clock()))
