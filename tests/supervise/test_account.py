"""With root the supervisor keeps root and drops its child alone; the child cannot touch it."""

from __future__ import annotations

import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervise.sessions import none_left, session, supervise
from tests.supervise.users import IS_ROOT, SYSTEM, shared_folder

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
    """A folder that other users reach, with a home of `nobody`'s."""
    with shared_folder() as made:
        yield made


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


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
