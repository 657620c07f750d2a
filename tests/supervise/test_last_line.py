"""What the supervisor keeps when nobody else is alive: real processes, real ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from maia_hub.core.sessionfile import NAME, SessionFile, write
from maia_hub.supervise.processes import marked

SLEEP = "import time; time.sleep(600)"
ESCAPES = {
    "setsid": "setsid sleep 600 & sleep 600",
    "nohup": "nohup sleep 600 >/dev/null & sleep 600",
    "double fork": "(setsid sleep 600 &) ; sleep 600",
}


def session(folder: Path, length: float) -> SessionFile:
    """Write a session that ends ``length`` seconds from now; its grant is named after the folder."""
    now = datetime.now(timezone.utc)
    end = now + timedelta(seconds=length)
    content = SessionFile(
        grant=f"{folder.name}-{os.getpid()}",
        kind="booked",
        user="alice",
        server="",
        project="default",
        reason="",
        since=now,
        until=end,
        save=end - timedelta(seconds=1),
        stop=end - timedelta(seconds=0.5),
        kill=end,
    )
    write(folder / NAME, content)
    return content


def supervise(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    """Start the supervisor over a command."""
    line = [sys.executable, "-I", "-m", "maia_hub.supervise", "--session-file", str(folder / NAME)]
    line += ["--state-file", str(folder / "state.json"), "--", *command]
    return subprocess.Popen(line, env={**os.environ, "HOME": str(folder)}, start_new_session=True)


def none_left(grant: str) -> bool:
    """Tell whether all processes of a grant are gone within some seconds."""
    for _ in range(100):
        if not marked(grant):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("script", ESCAPES.values(), ids=ESCAPES)
def test_an_end_takes_along_what_tried_to_escape(tmp_path: Path, script: str) -> None:
    content = session(tmp_path, 3)
    supervise(tmp_path, "sh", "-c", script).wait(30)
    assert none_left(content.grant)


def test_a_killed_supervisor_leaves_nothing_running(tmp_path: Path) -> None:
    content = session(tmp_path, 600)
    supervisor = supervise(tmp_path, "sh", "-c", ESCAPES["double fork"])
    while len(marked(content.grant)) < 3:
        time.sleep(0.05)
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait(30)
    assert none_left(content.grant)


def test_an_extension_just_before_the_stop_survives_the_old_end(tmp_path: Path) -> None:
    old = session(tmp_path, 2)
    supervisor = supervise(tmp_path, sys.executable, "-c", SLEEP)
    time.sleep(0.7)
    new = session(tmp_path, 4)
    supervisor.wait(30)
    assert old.until is not None
    assert new.stop is not None
    assert datetime.now(timezone.utc) > new.stop > old.until
    assert none_left(new.grant)


def test_a_session_without_a_readable_file_is_not_started(tmp_path: Path) -> None:
    assert supervise(tmp_path, "touch", str(tmp_path / "started")).wait(30) == 3
    assert not (tmp_path / "started").exists()


def test_a_file_spoilt_meanwhile_leaves_the_end_in_force(tmp_path: Path) -> None:
    content = session(tmp_path, 2)
    supervisor = supervise(tmp_path, sys.executable, "-c", SLEEP)
    time.sleep(0.7)
    (tmp_path / NAME).write_text("{", encoding="utf-8")
    supervisor.wait(30)
    assert none_left(content.grant)


def test_a_hanging_hook_runs_once_and_delays_no_end(tmp_path: Path) -> None:
    hook = tmp_path / ".maia" / "on-expiry"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho run >> $HOME/runs\nsleep 600\n", encoding="utf-8")
    hook.chmod(0o755)
    content = session(tmp_path, 3)
    supervise(tmp_path, sys.executable, "-c", SLEEP).wait(30)
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "run\n"
    assert none_left(content.grant)
