"""Servers as children of the tests: in the foreground, with a log, dead when the tests are."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.slurm import programs

WITHIN = 90.0  # seconds until a server answers, or has ended, on a busy machine


class Daemon:
    """One server; `command` keeps it in the foreground."""

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._command = [programs.path(command[0]), *command[1:]]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.log = log

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, answers: Callable[[], bool]) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self.log.parent,
                start_new_session=True,
            )
        give_up = time.monotonic() + WITHIN
        while not answers():
            if not self.alive or time.monotonic() > give_up:
                said = self.log.read_text(errors="replace")[-4000:]
                raise RuntimeError(f"{self._command[0]} did not start:\n{said}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it: kindly, or as a crash would with SIGKILL."""
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def listens(port: int) -> bool:
    """Say whether somebody answers on a port of the loopback."""
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


def succeeds(command: Sequence[str], environment: Mapping[str, str] | None = None) -> bool:
    """Say whether a command ends well."""
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
