"""Children are real processes here: started, killed, started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from maia_hub.embedded.children import Child
from tests.platform import ROOT, eventually

LISTENS = "import signal, time; print('here', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen(['sleep', '600']); print(child.pid, flush=True); time.sleep(600)"
)


def make(tmp_path: Path, code: str, patience: float = 5.0) -> Child:
    return Child("test", [sys.executable, "-c", code], os.environ, tmp_path / "test.log", patience)


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    made = make(tmp_path, LISTENS)
    made.start()
    yield made
    made.kill()


def test_one_that_is_killed_is_started_again_within_a_second(child: Child) -> None:
    before = child.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    eventually(child.revive, "it is started again", within=1.0)
    assert child.pid not in (None, before)


def test_one_that_keeps_dying_is_tried_less_and_less_often(tmp_path: Path) -> None:
    child = make(tmp_path, "print('dead'); raise SystemExit(3)")
    child.start()
    delays = []
    for _ in range(3):
        eventually(lambda: child.pid is None, "it has died")
        child.revive()
        delays.append(child.wait_for_revival() or 0.0)
        eventually(child.revive, "it is started again")
    assert 0 < 2 * delays[0] < delays[2]
    eventually(lambda: child.pid is None, "it has died")
    assert child.exit_status == 3
    assert "dead" in child.last_words()


def test_one_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    child = Child("test", [sys.executable, "-c", LISTENS], os.environ, tmp_path / "logs" / "test.log", 5.0)
    child.log.parent.mkdir()
    child.start()
    child.kill()
    shutil.rmtree(child.log.parent)
    assert child.wait_for_revival() is None
    assert not child.revive()
    eventually(lambda: not child.revive() and (child.wait_for_revival() or 0) > 0.5, "it was tried in vain")
    child.log.parent.mkdir()
    eventually(child.revive, "it is started again")
    child.kill()


def test_a_stranger_who_got_the_number_of_a_dead_one_is_left_alone(child: Child) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        child.kill()
        assert child.process is not None
        child.process.pid = stranger.pid  # as if the system had given the number out again
        child.end()
        with pytest.raises(subprocess.TimeoutExpired):
            stranger.wait(0.5)
        stranger.kill()


def test_a_stubborn_one_is_killed_with_its_children_when_patience_ends(tmp_path: Path) -> None:
    child = make(tmp_path, STUBBORN, patience=0.3)
    child.start()
    grandchild = int(eventually(child.last_words, "it says its child's pid"))
    child.end()
    assert child.exit_status == -signal.SIGKILL
    eventually(lambda: not psutil.pid_exists(grandchild), "its child is gone")


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys, time\n"
        "from maia_hub.embedded.children import Child\n"
        f"c = Child('x', [sys.executable, '-c', {LISTENS!r}], os.environ, pathlib.Path(sys.argv[1]), 1)\n"
        "c.start(); print(c.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    eventually((tmp_path / "log").exists, "it runs")
    parent.kill()
    parent.communicate()
    eventually(lambda: not psutil.pid_exists(pid), "it has ended")


def test_its_log_is_for_the_owner_only_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    log = tmp_path / "test.log"
    log.write_bytes(b"x" * 10_000_001)
    child = make(tmp_path, "print('new')")
    child.start()
    eventually(lambda: child.pid is None, "it has ended")
    assert log.read_text() == "new\n"
    assert log.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "test.old.log").stat().st_size == 10_000_001
