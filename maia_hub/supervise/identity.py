"""What is remembered of a process: pid, start time and boot id, never a bare pid, which may be another's by now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

_START_TIME = 19
"""Index of the start time (field 22 of proc(5)'s stat) behind the command's closing parenthesis."""


@dataclass(frozen=True)
class Identity:
    """One process, unmistakably; ``start_time`` is in clock ticks since the boot."""

    pid: int
    start_time: int
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> Identity:
        """Return the identity of a running process; ProcessLookupError if there is none."""
        stat = _stat(pid)
        if stat is None:
            raise ProcessLookupError(pid)
        return cls(pid, int(stat[_START_TIME]), boot_id())

    def alive(self) -> bool:
        """Tell whether this very process still runs; a zombie does not."""
        stat = _stat(self.pid)
        if not _runs(stat):
            return False
        return int(stat[_START_TIME]) == self.start_time and boot_id() == self.boot_id


def boot_id() -> str:
    """Return the id that the kernel gave to this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def parent_of(pid: int) -> int | None:
    """Return the parent's pid; None if the process is gone."""
    stat = _stat(pid)
    return int(stat[1]) if stat is not None else None


def runs(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    return _runs(_stat(pid))


def pids() -> list[int]:
    """Return the pids of all processes."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid: int) -> list[bytes] | None:
    """Return the fields of proc(5)'s stat from the state on; a command may hold spaces and parentheses."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # the last: another's, behind hidepid=1
        return None


def _runs(stat: list[bytes] | None) -> TypeGuard[list[bytes]]:
    return stat is not None and stat[0] not in (b"Z", b"X")
