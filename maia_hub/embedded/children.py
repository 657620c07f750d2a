"""The processes under `maia up`: started, watched, started again, ended in order."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_FIRST_DELAY = 0.2
_LONGEST_DELAY = 30.0
_LIVED_WELL = 20.0  # seconds after which a death is an accident and no longer a series
_LARGEST_LOG = 10_000_000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _tie_to_parent() -> None:
    """In the child: be told to end when `maia up` dies, however it dies; take signals as usual."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


@dataclass(slots=True)
class Child:
    """One process of the platform. ``patience`` is how many seconds it may take to end."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    patience: float
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    _delay: float = field(default=_FIRST_DELAY)
    _due: float = field(default=0.0)
    _log_start: int = field(default=0)

    def start(self) -> None:
        """Start it, its output appended to its log."""
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".old.log"))
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches `maia up` only, which ends the others in order
                preexec_fn=_tie_to_parent,  # noqa: PLW1509 - there are no threads here
            )
        self.started = time.monotonic()
        self._due = 0.0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process is not None and self.process.poll() is None else None

    @property
    def exit_status(self) -> int | None:
        """The status with which it ended; negative: by that signal."""
        return self.process.poll() if self.process is not None else None

    def revive(self) -> bool:
        """Start it again if it is dead and its delay is over; tell whether it was started."""
        if self.pid is not None:
            return False
        now = time.monotonic()
        if not self._due:
            series = now - self.started < _LIVED_WELL
            self._delay = min(self._delay * 2, _LONGEST_DELAY) if series else _FIRST_DELAY
            self._due = now + (self._delay if series else _FIRST_DELAY)
        if now < self._due:
            return False
        try:
            self.start()
        except OSError:  # no memory, a full disk: the next time, perhaps
            self._delay = min(self._delay * 2, _LONGEST_DELAY)
            self._due = now + self._delay
            return False
        return True

    def wait_for_revival(self) -> float | None:
        """Seconds until it is to be started again; None while it runs."""
        return max(0.0, self._due - time.monotonic()) if self._due else None

    def end(self) -> None:
        """Ask it to end, wait, and kill it with all it started if it does not."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        self.kill()

    def kill(self) -> None:
        """Kill it and what it left behind in its session."""
        if self.process is None:
            return
        # Once it is collected, a process of that number is another's; a group of it can only be what it left behind.
        if self.process.returncode is None or not os.path.exists(f"/proc/{self.process.pid}"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self, lines: int = 15) -> str:
        """Return the end of what it has logged since its start."""
        try:
            text = self.log.read_bytes()[self._log_start :].decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])
