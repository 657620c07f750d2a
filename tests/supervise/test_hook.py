"""The user's ~/.maia/on-expiry: it runs once before an end, and can neither delay nor spoil it."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from maia_hub.core.sessionfile import NAME, write
from tests.platform import eventually
from tests.supervise.sessions import SLEEP, none_left, session, supervise

HARMLESS = {"fails": "exit 5", "hangs": "sleep 600", "ignores the stop": "trap '' TERM; sleep 600"}


def hook(home: Path, text: str, mode: int = 0o755) -> None:
    file = home / ".maia" / "on-expiry"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


def runs(home: Path) -> str:
    return (home / "runs").read_text(encoding="utf-8")


@pytest.mark.parametrize("then", HARMLESS.values(), ids=HARMLESS)
def test_a_hook_runs_once_and_delays_no_end(tmp_path: Path, then: str) -> None:
    hook(tmp_path, f'#!/bin/sh\necho "$MAIA_GRANT in $PWD" >>$HOME/runs\n{then}\n')
    content = session(tmp_path, 3)
    assert supervise(tmp_path, *SLEEP).wait(30) == 128 + signal.SIGTERM
    assert runs(tmp_path) == f"{content.grant} in {tmp_path}\n"
    assert none_left(content.grant)


def test_a_hook_that_is_no_program_is_said_and_changes_nothing(tmp_path: Path) -> None:
    hook(tmp_path, "this is no program")
    session(tmp_path, 3)
    assert supervise(tmp_path, *SLEEP).wait(30) == 128 + signal.SIGTERM
    assert "could not be run" in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_hook_that_is_not_executable_is_left_alone(tmp_path: Path) -> None:
    hook(tmp_path, "#!/bin/sh\necho run >>$HOME/runs\n", mode=0o644)
    session(tmp_path, 3)
    assert supervise(tmp_path, *SLEEP).wait(30) == 128 + signal.SIGTERM
    assert not (tmp_path / "runs").exists()


def test_a_stop_after_an_extension_waits_for_a_hook_that_ran_for_the_old_end(tmp_path: Path) -> None:
    hook(tmp_path, "#!/bin/sh\necho run >>$HOME/runs\n")
    session(tmp_path, 2)
    supervisor = supervise(tmp_path, *SLEEP)
    eventually((tmp_path / "runs").exists, "the hook has run for the first end")
    session(tmp_path, 600)
    supervisor.terminate()
    assert supervisor.wait(30) == 128 + signal.SIGTERM
    assert runs(tmp_path) == "run\nrun\n"


def test_a_hook_that_still_runs_is_not_started_beside_itself(tmp_path: Path) -> None:
    script = "[ -e $HOME/pid ] && kill -0 $(cat $HOME/pid) && echo beside >>$HOME/runs\necho $$ >$HOME/pid\nsleep 1.5"
    hook(tmp_path, f"#!/bin/sh\n{script}\n")
    saving_now(tmp_path, 5)
    supervisor = supervise(tmp_path, *SLEEP)
    first = eventually(lambda: read(tmp_path / "pid"), "the hook runs for the first end")
    saving_now(tmp_path, 6)
    eventually(lambda: read(tmp_path / "pid") not in ("", first), "it runs for the second end, too")
    supervisor.terminate()
    supervisor.wait(30)
    assert read(tmp_path / "runs") == ""


def saving_now(folder: Path, length: float) -> None:
    """Write a session whose saving begins now, two seconds before its stop at least."""
    content = session(folder, length)
    assert content.until is not None
    write(folder / NAME, replace(content, save=content.since, stop=content.until - timedelta(seconds=2)))


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


ENDS_SLOWLY = """
import os, pathlib, signal, time
def end(*_):
    time.sleep(1)
    os._exit(7)
signal.signal(signal.SIGTERM, end)
pathlib.Path(os.environ["HOME"], "up").touch()
time.sleep(600)
"""


def test_a_hook_that_hangs_leaves_the_server_time_to_end_by_itself(tmp_path: Path) -> None:
    hook(tmp_path, "#!/bin/sh\nsleep 600\n")
    session(tmp_path, 8)
    supervisor = supervise(tmp_path, sys.executable, "-I", "-c", ENDS_SLOWLY)
    eventually((tmp_path / "up").exists, "the server runs")
    supervisor.terminate()
    assert supervisor.wait(30) == 7


def test_a_stop_long_before_the_end_waits_for_the_hook(tmp_path: Path) -> None:
    hook(tmp_path, "#!/bin/sh\nsleep 0.5\necho run >>$HOME/runs\n")
    session(tmp_path, 600)
    supervisor = supervise(tmp_path, *SLEEP)
    eventually((tmp_path / "state.json").exists, "it runs")
    supervisor.terminate()
    assert supervisor.wait(30) == 128 + signal.SIGTERM
    assert runs(tmp_path) == "run\n"
