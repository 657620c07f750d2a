"""The supervisor's loop: start the server, follow the end, hook, stop, kill, reap."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from maia_hub.core.sessionfile import MARK, SessionFile
from maia_hub.supervise.account import Account, become_subreaper, child_setup, close_to_users
from maia_hub.supervise.cgroups import cgroup_for
from maia_hub.supervise.follower import Follower
from maia_hub.supervise.guard import start_guard
from maia_hub.supervise.hook import start_hook
from maia_hub.supervise.identity import Identity
from maia_hub.supervise.processes import descendants, kill_until_none

LOOK = 0.25
"""Seconds between two looks at the session file, at most."""
HOOK_ON_STOP = timedelta(seconds=10)
"""How long the hook may take when the server is stopped without an end in sight."""
GRACE = timedelta(seconds=10)
"""How long the server may take to end after SIGTERM."""
_ASKED_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(timezone.utc)


class Supervisor:
    """Runs one server under its session file; every process it starts is gone when `run` returns."""

    def __init__(
        self,
        session_file: Path,
        state_file: Path | None,
        command: Sequence[str],
        account: Account | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._follower = Follower(session_file)
        self._state_file = state_file
        self._command = list(command)
        self._account = account
        self._clock = clock
        self._environment = dict(os.environ)
        self._grant = self._environment.get(MARK) or self._follower.current().grant
        self._environment[MARK] = self._grant
        self._exit_code: int | None = None
        self._hook: int | None = None
        self._hook_for: datetime | None = None
        self._hook_until: datetime | None = None
        self._kill_after: datetime | None = None

    def run(self) -> int:
        """Start the server and return its exit code (128 + n if signal n ended it)."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {*_ASKED_TO_END, signal.SIGCHLD})
        become_subreaper()
        self._cgroup = cgroup_for(self._grant)
        self._guard = self._protect()
        self._child = self._start()
        self._write_state("running")
        try:
            while self._exit_code is None and not self._over():
                self._step(signal.sigtimedwait({*_ASKED_TO_END, signal.SIGCHLD}, LOOK))
        finally:
            self._kill_all()
            with suppress(OSError):  # a full disk does not change how the server ended
                self._write_state("ended")
        return self._exit_code if self._exit_code is not None else 128 + signal.SIGKILL

    def _protect(self) -> int | None:
        """Return the guard's pid; as a container's first process there is none: nothing outlives that one."""
        if os.getpid() != 1:
            return start_guard(self._grant, self._cgroup)
        close_to_users()
        return None

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.DEVNULL, preexec_fn=self._setup()
        )

    def _setup(self) -> Callable[[], None]:
        return child_setup(self._account, self._cgroup.join if self._cgroup else None)

    def _step(self, received: signal.struct_siginfo | None) -> None:
        self._reap()
        if received is not None and received.si_signo in _ASKED_TO_END:
            self._close()
        now, session = self._clock(), self._follower.current()
        if self._kill_after is None and session.until is not None:
            if session.save is not None and now >= session.save and not self._hooked(session):
                self._run_hook(session.stop or session.until)
            if session.stop is not None and now >= session.stop + (session.until - session.stop) / 2:
                self._close()
        self._go_on(now)

    def _close(self) -> None:
        """Begin to end: the hook if it has not run, then SIGTERM, then the kill."""
        if self._kill_after is not None:
            return
        now, session = self._clock(), self._follower.current()
        self._kill_after = now + HOOK_ON_STOP + GRACE
        if session.kill is not None:
            self._kill_after = min(self._kill_after, session.kill)
        until = now + (self._kill_after - now) / 2  # the other half is the server's
        if session.kind != "cpu" and not self._hooked(session):
            self._run_hook(until)
        if self._hook is None:
            self._terminate()
        else:
            self._hook_until = min(self._hook_until or until, until)

    def _hooked(self, session: SessionFile) -> bool:
        """Tell whether the hook runs, or has run for this end; an end that has moved is another one."""
        return self._hook is not None or (self._hook_for is not None and self._hook_for == session.until)

    def _go_on(self, now: datetime) -> None:
        """Let a hook that is over make way for the stop."""
        if self._hook is None:
            return
        if self._hook_until is not None and now >= self._hook_until:
            print("the on-expiry hook took too long and was ended", file=sys.stderr, flush=True)
            with suppress(ProcessLookupError):
                os.killpg(self._hook, signal.SIGKILL)
            self._hook = None
        if self._hook is None and self._kill_after is not None:
            self._terminate()

    def _run_hook(self, until: datetime) -> None:
        self._hook_for = self._follower.current().until
        self._hook_until = until
        try:
            self._hook = start_hook(self._environment, self._setup())
        except OSError as e:  # no more processes, perhaps: that must not end the server before its time
            print(f"the on-expiry hook could not be run: {e}", file=sys.stderr, flush=True)

    def _terminate(self) -> None:
        now = self._clock()
        if self._kill_after is not None:
            self._kill_after = min(self._kill_after, now + GRACE)
        if self._exit_code is None:  # else the pid may be another's by now
            with suppress(ProcessLookupError):
                os.kill(self._child.pid, signal.SIGTERM)

    def _over(self) -> bool:
        now, session = self._clock(), self._follower.current()
        if session.kill is not None and now >= session.kill:
            return True
        return self._kill_after is not None and now >= self._kill_after

    def _reap(self) -> None:
        """Collect all that has ended: the server, the hook, orphans."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            if pid == self._child.pid:
                self._child.returncode = code
                self._exit_code = code if code >= 0 else 128 - code
            elif pid == self._guard:
                self._guard = None
                with suppress(OSError):  # no more processes: the server needs none of this to end in time
                    self._guard = self._protect()
            elif pid == self._hook:
                self._hook = None
                if self._kill_after is not None:
                    self._terminate()

    def _kill_all(self) -> None:
        def left() -> list[int]:
            inside = self._cgroup.pids() if self._cgroup else []
            return [pid for pid in {*descendants(os.getpid()), *inside} if pid != self._guard]

        if not kill_until_none(left, self._reap):
            print("some processes of this session could not be ended", file=sys.stderr, flush=True)

    def _write_state(self, status: str) -> None:
        if self._state_file is None:
            return
        own = Identity.of(os.getpid())
        content = {
            "pid": own.pid,
            "start_time": own.start_time,
            "boot_id": own.boot_id,
            "child_pid": self._child.pid,
            "status": status,
            "exit_code": self._exit_code,
        }
        temporary = self._state_file.with_suffix(".new")
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(self._state_file)
