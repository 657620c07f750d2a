"""A cgroup of the session's own, where the supervisor is root and the machine lets it: nothing leaves it by forking."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

_MOUNTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids")
_PARENT = "maia"
_TRIES = 50
_PAUSE = 0.02


class Cgroup:
    """One cgroup (version 1 or 2), known by the processes in it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def join(self) -> None:
        """Put the calling process into it; one that cannot be put there is still below its supervisor."""
        try:
            (self._path / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        except OSError as e:
            print(f"no cgroup for this session: {e}", file=sys.stderr, flush=True)

    def pids(self) -> list[int]:
        """Return the processes in it."""
        try:
            return [int(line) for line in (self._path / "cgroup.procs").read_text(encoding="ascii").split()]
        except OSError:
            return []

    def remove(self) -> None:
        """Remove it; one whose last process has just ended is not empty at once."""
        for _ in range(_TRIES):
            with suppress(OSError):
                self._path.rmdir()
            if not self._path.exists():
                return
            time.sleep(_PAUSE)


def cgroup_for(grant: str) -> Cgroup | None:
    """Make a cgroup for a grant; None where that is not possible."""
    if os.geteuid() != 0:
        return None
    for mount in map(Path, _MOUNTS):
        if not (mount / "cgroup.procs").exists():
            continue
        path = mount / _PARENT / grant
        try:
            path.mkdir(parents=True, exist_ok=True)
            if os.access(path / "cgroup.procs", os.W_OK):
                return Cgroup(path)
        except OSError:
            continue
    return None
