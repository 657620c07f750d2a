"""The processes of tools, as a test looks at them."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from maia_hub.supervise.processes import marked
from maia_hub.tools.local.process import MARK


def of(folder: Path) -> list[int]:
    """Return the processes of the tool that has this folder."""
    return marked(str(folder), MARK)


def called(folder: Path, program: str) -> list[int]:
    """Return those of them that run a program."""
    return [pid for pid in of(folder) if _program(pid) == program]


def kill(folder: Path, program: str, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to those that run a program."""
    for pid in called(folder, program):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _program(pid: int) -> str:
    """Return the name of what a process runs; empty if it has ended meanwhile."""
    try:
        return Path(os.readlink(f"/proc/{pid}/exe")).name
    except FileNotFoundError:
        return ""
