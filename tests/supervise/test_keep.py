"""A command that is kept: it ends whole, and with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from maia_hub.supervise import end_marked
from maia_hub.supervise.processes import marked
from tests.platform import eventually

KEEP = [sys.executable, "-m", "maia_hub.supervise.keep"]
LEAVES_ONE = "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
STAYS = "print('here', flush=True); import time; time.sleep(600)\n"


def start(mark: str, code: str, patience: str = "5") -> subprocess.Popen[bytes]:
    """Start a kept Python that has said that it is there, if it ever does."""
    command = [*KEEP, str(os.getpid()), patience, sys.executable, "-c", code]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "MAIA_MARK": mark})


def test_it_ends_with_the_status_of_the_command_and_leaves_nothing(tmp_path: Path) -> None:
    kept = start(str(tmp_path), LEAVES_ONE + "raise SystemExit(7)")
    kept.communicate()
    assert kept.returncode == 7
    assert not marked(str(tmp_path), "MAIA_MARK")


def test_asked_to_end_it_lets_the_command_end_by_itself(tmp_path: Path) -> None:
    code = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
    kept = start(str(tmp_path), LEAVES_ONE + code + STAYS)
    assert kept.stdout is not None
    kept.stdout.readline()
    kept.terminate()
    kept.communicate()
    assert kept.returncode == 5
    assert not marked(str(tmp_path), "MAIA_MARK")


def test_a_command_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    kept = start(str(tmp_path), LEAVES_ONE + DEAF + STAYS, patience="0.2")
    assert kept.stdout is not None
    kept.stdout.readline()
    kept.terminate()
    kept.communicate()
    assert kept.returncode == 128 + signal.SIGKILL
    assert not marked(str(tmp_path), "MAIA_MARK")


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = f"import os, subprocess; subprocess.run([*{KEEP!r}, str(os.getpid()), '5', 'sleep', '600'])"
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "MAIA_MARK": str(tmp_path)})
    eventually(lambda: len(marked(str(tmp_path), "MAIA_MARK")) == 3, "all run")
    parent.kill()
    parent.wait()
    eventually(lambda: not marked(str(tmp_path), "MAIA_MARK"), "all have ended")


def test_a_parent_that_is_dead_already_is_not_waited_for() -> None:
    done = subprocess.run(
        [*KEEP, "1" if os.getppid() != 1 else "2", "5", "sleep", "600"], check=False, timeout=30
    )
    assert done.returncode == 128 + signal.SIGTERM


def test_a_command_that_there_is_not_is_told_of() -> None:
    done = subprocess.run(
        [*KEEP, str(os.getpid()), "5", "/nowhere/at-all"],
        check=False,
        timeout=30,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (127, "/nowhere/at-all: No such file or directory\n")


def test_what_is_left_of_a_mark_is_asked_to_end_and_killed_when_it_does_not(tmp_path: Path) -> None:
    environment = {**os.environ, "MAIA_MARK": str(tmp_path)}
    deaf = subprocess.Popen([sys.executable, "-c", DEAF + STAYS], env=environment, stdout=subprocess.PIPE)
    assert deaf.stdout is not None
    deaf.stdout.readline()
    left = subprocess.Popen(["sleep", "600"], env=environment)
    assert end_marked("MAIA_MARK", str(tmp_path), patience=0.2)
    assert (left.wait(), deaf.wait()) == (-signal.SIGTERM, -signal.SIGKILL)
    deaf.stdout.close()
