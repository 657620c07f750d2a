"""``python -m maia_hub.supervise.keep PARENT PATIENCE COMMAND …``: a command that ends whole, and with its parent.

It is for programs that start others and leave them behind. Everything that the command has started is gone when it
ends, when this process is asked to end, and when the parent dies, however it dies.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from maia_hub.supervise.account import become_subreaper, child_setup, end_with_parent
from maia_hub.supervise.processes import descendants, kill_until_none

_ASKED_TO_END = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_CANNOT_RUN = 127
_LOOK = 1.0  # seconds; a signal is heard at once


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its status, as a shell tells it."""
    parent, patience, *command = arguments
    signal.pthread_sigmask(signal.SIG_BLOCK, {*_ASKED_TO_END, signal.SIGCHLD})
    become_subreaper()
    if not end_with_parent(int(parent), signal.SIGTERM):
        return 128 + signal.SIGTERM
    try:
        kept = _Kept(command)
    except OSError as e:
        print(f"{command[0]}: {e.strerror}", file=sys.stderr)
        return _CANNOT_RUN
    try:
        kept.follow(float(patience))
    finally:
        kill_until_none(lambda: descendants(os.getpid()), kept.reap)
    return 128 + signal.SIGKILL if kept.status is None else kept.status


class _Kept:
    """The command, and its ``status`` when it has ended."""

    def __init__(self, command: Sequence[str]) -> None:
        self.status: int | None = None
        self._child = subprocess.Popen(command, preexec_fn=child_setup(None))

    def follow(self, patience: float) -> None:
        """Return when it has ended, or has had its time to end since this process was asked to.

        All of its group are asked, for not every program hands the word on.
        """
        until: float | None = None
        while self.status is None and (until is None or time.monotonic() < until):
            heard = signal.sigtimedwait({*_ASKED_TO_END, signal.SIGCHLD}, _LOOK)
            self.reap()
            if heard is not None and heard.si_signo in _ASKED_TO_END and until is None:
                until = time.monotonic() + patience
                if self.status is None:
                    os.killpg(self._child.pid, signal.SIGTERM)

    def reap(self) -> None:
        """Collect all that has ended: the command, and orphans below it."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._child.pid:
                code = os.waitstatus_to_exitcode(status)
                self._child.returncode = code
                self.status = code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
