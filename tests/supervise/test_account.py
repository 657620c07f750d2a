"""With root the supervisor keeps root and drops its child alone; the child cannot touch it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

import maia_hub
from tests.platform import eventually
from tests.supervise.sessions import none_left, session, supervise

ROOT = Path(maia_hub.__file__).parent
SYSTEM = (
    "/usr/bin/python3",
)  # an interpreter that everybody may read; that of the tests may lie in root's home
IS_ROOT = os.geteuid() == 0
SCRIPT = """
import os, signal, time
with open("said", "w") as f:
    print(os.getuid(), os.getgid(), *sorted(os.getgroups()), file=f)
    try:
        os.kill(os.getppid(), signal.SIGKILL)
    except PermissionError:
        print("refused", file=f)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users reach, with a home that belongs to `nobody` and a copy of what runs there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("__init__.py", "core", "supervise"):
            source, target = ROOT / part, folder / "copy" / "maia_hub" / part
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, target)
        (folder / "home").mkdir(mode=0o700)
        account = pwd.getpwnam("nobody")
        if IS_ROOT:
            os.chown(folder / "home", account.pw_uid, account.pw_gid)
        yield folder


@pytest.mark.root  # only root may run a server as somebody else; anybody else must be refused
def test_the_server_and_the_hook_run_as_the_user_who_cannot_end_the_supervisor(folder: Path) -> None:
    home, account = folder / "home", pwd.getpwnam("nobody")
    (home / ".maia").mkdir()
    (home / ".maia" / "on-expiry").write_text("#!/bin/sh\nid -u >$HOME/hook\n", encoding="utf-8")
    (home / ".maia" / "on-expiry").chmod(0o755)
    content = session(folder, 3)
    options = ["--uid", str(account.pw_uid), "--gid", str(account.pw_gid), "--groups", "4,20"]
    options += ["--home", str(home)]
    command = [*SYSTEM, "-c", SCRIPT]
    supervisor = supervise(
        folder, *command, python=SYSTEM, options=options, HOME=str(home), PYTHONPATH=str(folder / "copy")
    )
    supervisor.wait(30)
    ran = [str(account.pw_uid), str(account.pw_gid), "4", "20", "refused"]
    assert read(home / "said").split() == (ran if IS_ROOT else [])
    assert read(home / "hook").split() == ran[: int(IS_ROOT)]
    assert none_left(content.grant)


def test_where_no_process_is_left_for_the_hook_the_server_still_has_its_time(folder: Path) -> None:
    account = pwd.getpwnam("nobody")
    nobody = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--"]
    user = nobody if IS_ROOT else []  # for root the limit would not hold
    content = session(folder, 4)
    if IS_ROOT:
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
    copy = str(folder / "copy")
    supervisor = supervise(
        folder, *SYSTEM, "-c", "import time; time.sleep(600)", python=[*user, *SYSTEM], PYTHONPATH=copy
    )
    eventually((folder / "state.json").exists, "it runs")
    subprocess.run([*user, "prlimit", f"--pid={supervisor.pid}", "--nproc=0"], check=True)
    assert supervisor.wait(30) == 128 + signal.SIGTERM
    assert content.stop is not None
    assert datetime.now(timezone.utc) >= content.stop
    assert "hook could not be run: [Errno 11]" in read(folder / "log")


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
