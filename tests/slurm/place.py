"""The folder of one Slurm system, and what it leaves outside: accounts, sshd's folder for its unprivileged half.

Each test process has its own systems. A process that was killed left some: the next one removes them, for the lock in
a folder is held as long as its process lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.kube.place import cache

_PREFIX = "maia-slurm-"
_UNPRIVILEGED = Path("/run/sshd")
AS_ROOT = os.geteuid() == 0
_SHARED = cache()
"""As it was at the beginning: a test may have another home for a while."""


class Place:
    """A folder that everybody may pass through."""

    def __init__(self) -> None:
        with _alone():
            _sweep()
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self.folder.chmod(0o755)
            self._lock = (self.folder / "lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if AS_ROOT and not _UNPRIVILEGED.exists():
                _UNPRIVILEGED.mkdir(0o755)
                _made_here().touch()

    def make(self, name: str, mode: int = 0o755) -> Path:
        """Make a folder in it."""
        made = self.folder / name
        made.mkdir(parents=True, exist_ok=True)
        made.chmod(mode)
        return made

    def account(self, name: str) -> str:
        """Make an ordinary user with a home here; who is not root gets the own one."""
        if not AS_ROOT:
            return pwd.getpwuid(os.getuid()).pw_name
        full = f"mh-{self.folder.name.removeprefix(_PREFIX).replace('_', '-').lower()}-{name}"
        home = self.make(f"home/{name}")
        with _alone():
            # A star is no password and, to sshd, no lock either.
            options = ["--no-create-home", "--home-dir", str(home), "--shell", "/bin/bash", "--password", "*"]
            subprocess.run(["useradd", *options, full], check=True, capture_output=True)
        shutil.chown(home, full, full)
        return full

    def remove(self) -> None:
        """Remove it with its accounts and all that runs as them."""
        with _alone():
            self._lock.close()
            _remove(self.folder)
            if _made_here().exists() and not list(_folders()):
                shutil.rmtree(_UNPRIVILEGED, ignore_errors=True)
                _made_here().unlink()


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time changes what all share."""
    _SHARED.mkdir(parents=True, exist_ok=True)
    with (_SHARED / "slurm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _made_here() -> Path:
    return _SHARED / "slurm-made-run-sshd"


def _folders() -> Iterator[Path]:
    return Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")


def _sweep() -> None:
    """Remove what killed processes left."""
    for folder in _folders():
        try:
            with (folder / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)
        except (BlockingIOError, FileNotFoundError, PermissionError):
            continue


def _remove(folder: Path) -> None:
    users = {each.pw_uid: each.pw_name for each in pwd.getpwall() if each.pw_dir.startswith(f"{folder}/")}
    give_up = time.monotonic() + 10
    while (left := [each for each in psutil.process_iter() if _belongs(each, users, folder)]) and (
        time.monotonic()
        < give_up  # one that starts another while it is killed leaves that for the next round
    ):
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        time.sleep(0.02)
    for name in users.values() if AS_ROOT else ():
        # By force: a process that has ended counts as the user's until somebody asks how it ended.
        subprocess.run(["userdel", "--force", name], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _belongs(process: psutil.Process, users: dict[int, str], folder: Path) -> bool:
    """Say whether a process is one of these users', or a job's shepherd of this Slurm."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        shepherd = process.name() == "slurmstepd" and process.cwd().startswith(f"{folder}/")
        return shepherd or (AS_ROOT and process.uids().real in users)
    except psutil.Error:
        return False
