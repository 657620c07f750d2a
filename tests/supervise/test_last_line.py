"""What the supervisor keeps when nobody else is alive: real processes, real ends."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from maia_hub.core.sessionfile import NAME, write
from maia_hub.supervise import Identity
from maia_hub.supervise.cgroups import cgroup_for
from maia_hub.supervise.processes import descendants
from tests.platform import command_of, eventually
from tests.supervise.escapes import ESCAPES, escapee, wrote_pid
from tests.supervise.sessions import SLEEP, none_left, session, supervise

STUBBORN = """
import os, pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(os.environ["HOME"], "up").touch()
time.sleep(600)
"""


@pytest.mark.parametrize("script", ESCAPES.values(), ids=ESCAPES)
def test_an_end_takes_along_what_tried_to_escape(tmp_path: Path, script: str) -> None:
    file, content = escapee(tmp_path), session(tmp_path, 2.5)
    supervisor = supervise(tmp_path, "sh", "-c", script)
    escaped = wrote_pid(file)
    supervisor.wait(30)
    assert not escaped.alive()
    assert none_left(content.grant)


def test_a_server_that_ignores_the_stop_is_killed_at_its_end(tmp_path: Path) -> None:
    content = session(tmp_path, 2)
    assert supervise(tmp_path, sys.executable, "-I", "-c", STUBBORN).wait(30) == 128 + signal.SIGKILL
    assert content.kill is not None
    assert datetime.now(timezone.utc) >= content.kill
    assert none_left(content.grant)


def test_a_server_that_ignores_a_stop_long_before_its_end_is_killed_after_a_grace(tmp_path: Path) -> None:
    content = session(tmp_path, 600)
    supervisor = supervise(tmp_path, sys.executable, "-I", "-c", STUBBORN)
    eventually((tmp_path / "up").exists, "it ignores a stop")
    supervisor.terminate()
    assert supervisor.wait(30) == 128 + signal.SIGKILL
    assert none_left(content.grant)


def test_the_kill_comes_at_its_moment_even_if_the_stop_was_never_sent(tmp_path: Path) -> None:
    content = session(tmp_path, 2)
    later = datetime.now(timezone.utc) + timedelta(minutes=10)
    write(tmp_path / NAME, replace(content, save=later, stop=later, until=later))
    assert supervise(tmp_path, *SLEEP).wait(30) == 128 + signal.SIGKILL
    assert none_left(content.grant)


@pytest.mark.parametrize("script", ["sleep 600 & sleep 600", ESCAPES["double fork"]], ids=["child", "orphan"])
def test_a_killed_supervisor_leaves_nothing_running(tmp_path: Path, script: str) -> None:
    escapee(tmp_path)
    content = session(tmp_path, 600)
    supervisor = supervise(tmp_path, "sh", "-c", f"touch $HOME/began; {script}")
    eventually((tmp_path / "began").exists, "the server runs")
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait(30)
    assert none_left(content.grant)


def test_a_guard_that_is_killed_is_replaced(tmp_path: Path) -> None:
    file, content = escapee(tmp_path), session(tmp_path, 600)
    supervisor = supervise(tmp_path, "sh", "-c", ESCAPES["double fork"])
    escaped = wrote_pid(file)
    guard = eventually(lambda: guard_of(supervisor.pid), "there is a guard")
    os.kill(guard, signal.SIGKILL)
    eventually(lambda: guard_of(supervisor.pid) not in (None, guard), "there is another guard")
    supervisor.kill()
    supervisor.wait(30)
    eventually(lambda: not escaped.alive(), "the escapee is gone")
    assert none_left(content.grant)


def test_the_server_ends_even_if_supervisor_and_guard_are_killed_together(tmp_path: Path) -> None:
    session(tmp_path, 600)
    supervisor = supervise(tmp_path, *SLEEP)
    eventually((tmp_path / "state.json").exists, "it runs")
    server = Identity.of(json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))["child_pid"])
    guard = eventually(lambda: guard_of(supervisor.pid), "there is a guard")
    supervisor.send_signal(signal.SIGSTOP)  # lest it make another guard
    os.kill(guard, signal.SIGKILL)
    supervisor.kill()
    supervisor.wait(30)
    eventually(lambda: not server.alive(), "the server is gone")


def guard_of(supervisor: int) -> int | None:
    """Return the supervisor's child that is a supervisor too."""
    own = command_of(supervisor)
    return next((pid for pid in descendants(supervisor) if command_of(pid) == own), None)


@pytest.mark.root  # only root has a cgroup; without one nobody finds what has cleared its environment
def test_a_killed_supervisor_leaves_not_even_an_unmarked_escapee_where_there_is_a_cgroup(
    tmp_path: Path,
) -> None:
    file, content = escapee(tmp_path), session(tmp_path, 600)
    found = cgroup_for("probe")
    supervisor = supervise(tmp_path, "sh", "-c", ESCAPES["without its mark"])
    escaped = wrote_pid(file)
    supervisor.kill()
    supervisor.wait(30)
    assert none_left(content.grant)
    try:
        if found is not None:
            found.remove()
            eventually(lambda: not escaped.alive(), "the escapee is gone")
            eventually(
                lambda: not list(Path("/sys/fs/cgroup").glob(f"*/maia/{content.grant}")), "and its cgroup"
            )
        else:
            assert escaped.alive()
    finally:
        if escaped.alive():
            os.kill(escaped.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("command", "said"), [(["/no/such/program"], "No such file"), (["/dev/null"], "Permission denied")]
)
def test_a_server_that_cannot_be_started_is_said_and_leaves_nothing(
    tmp_path: Path, command: list[str], said: str
) -> None:
    content = session(tmp_path, 600)
    assert supervise(tmp_path, *command).wait(30) == 127
    assert said in (tmp_path / "log").read_text(encoding="utf-8")
    assert none_left(content.grant)


def test_a_state_that_cannot_be_written_lets_no_server_run(tmp_path: Path) -> None:
    content = session(tmp_path, 600)
    (tmp_path / "state.json").mkdir()
    assert supervise(tmp_path, *SLEEP).wait(30) == 127
    assert none_left(content.grant)


def test_a_server_that_ends_takes_its_orphans_along_and_leaves_its_exit_code(tmp_path: Path) -> None:
    file, content = escapee(tmp_path), session(tmp_path, 600)
    script = "(setsid $HOME/escapee &); while ! [ -e $HOME/pid ]; do sleep 0.1; done; exit 7"
    assert supervise(tmp_path, "sh", "-c", script).wait(30) == 7
    assert file.exists()
    assert none_left(content.grant)
    state = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
    assert (state["status"], state["exit_code"]) == ("ended", 7)


def test_the_state_names_the_supervisor_beyond_doubt(tmp_path: Path) -> None:
    session(tmp_path, 600)
    supervisor = supervise(tmp_path, *SLEEP)
    eventually((tmp_path / "state.json").exists, "the state is written")
    state = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
    written = Identity(state["pid"], state["start_time"], state["boot_id"])
    assert written == Identity.of(supervisor.pid)
    assert Identity.of(state["child_pid"]).alive()
    supervisor.terminate()
    assert supervisor.wait(30) == 128 + signal.SIGTERM
    assert not written.alive()
