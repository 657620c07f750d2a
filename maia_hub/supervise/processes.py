"""Finding and ending everything that a session has started, also what tried to escape."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from maia_hub.core.sessionfile import MARK
from maia_hub.supervise.identity import parent_of, pids, runs

_WITHIN = 10.0  # seconds; a process that held much memory of a GPU takes some to go
_PAUSE = 0.02


def descendants(ancestor: int) -> list[int]:
    """Return all processes below ``ancestor``; its subreaper holds those that forked twice, too."""
    parents = {pid: parent_of(pid) for pid in pids()}
    found = {ancestor}
    grew = True
    while grew:
        below = {pid for pid, parent in parents.items() if parent in found} - found
        found |= below
        grew = bool(below)
    return sorted(found - {ancestor})


def marked(grant: str, variable: str = MARK) -> list[int]:
    """Return all processes that carry the grant, or another mark, in the environment they were started with."""
    mark = f"{variable}={grant}".encode()
    found = []
    for pid in pids():
        with suppress(OSError):
            if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(pid)
    return found


def kill_until_none(find: Callable[[], list[int]], after_each: Callable[[], None] = lambda: None) -> bool:
    """Kill what ``find`` finds until it finds nothing, for what is killed may be forking; False if some stay."""
    until = time.monotonic() + _WITHIN
    while found := find():
        if time.monotonic() > until:
            return False
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE)
        after_each()
    return True


def sweep(grant: str) -> bool:
    """Kill whatever is left of a grant's session, its supervisor included; False if something stays."""
    own = os.getpid()
    return kill_until_none(lambda: [pid for pid in marked(grant) if pid != own and runs(pid)])


def end_marked(variable: str, value: str, patience: float) -> bool:
    """Ask processes with such a mark to end, and kill those that have not in time; False if something stays."""
    for pid in marked(value, variable):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + patience
    while any(map(runs, marked(value, variable))) and time.monotonic() < until:
        time.sleep(_PAUSE)
    return kill_until_none(lambda: [pid for pid in marked(value, variable) if runs(pid)])
