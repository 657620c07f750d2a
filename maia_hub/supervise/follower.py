"""Following the session file, in which the end is written and may move."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from maia_hub.core import sessionfile
from maia_hub.core.sessionfile import SessionFile


class Follower:
    """Knows what the session file says; a file that cannot be read leaves the last known good end in force."""

    def __init__(self, path: Path) -> None:
        """Read the file; OSError or ValueError if that cannot be done: no start without a known end."""
        self._path = path
        self._seen = self._signature()
        self._content = sessionfile.read(path)
        self._said = ""

    def current(self) -> SessionFile:
        """Return what the file says now; one look at its status, and a read only if it changed."""
        signature = self._signature()
        if signature is not None and signature != self._seen:
            try:
                self._content = sessionfile.read(self._path)
                self._seen = signature
            except OSError as e:  # it may pass: the next look tries again
                self._say(f"session file: {e}; the end stays as it was")
            except ValueError as e:
                self._say(f"session file: {e}; the end stays as it was")
                self._seen = signature
        return self._content

    def _say(self, what: str) -> None:
        if what != self._said:
            print(what, file=sys.stderr, flush=True)
        self._said = what

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size
