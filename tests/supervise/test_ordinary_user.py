"""What holds without root, where there is no cgroup and processes are limited."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.platform import eventually
from tests.supervise.escapes import ESCAPES, escapee, wrote_pid
from tests.supervise.sessions import none_left, session, supervise
from tests.supervise.users import ORDINARY, SYSTEM, give, shared_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of an ordinary user's, with a copy of what runs there."""
    with shared_folder() as made:
        yield made


def supervise_as_user(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    give(folder, *folder.iterdir())
    return supervise(folder, *command, python=[*ORDINARY, *SYSTEM], PYTHONPATH=str(folder / "copy"))


@pytest.mark.parametrize("script", ESCAPES.values(), ids=ESCAPES)
def test_an_end_takes_along_what_tried_to_escape(folder: Path, script: str) -> None:
    file, content = escapee(folder), session(folder, 3)
    supervisor = supervise_as_user(folder, "sh", "-c", script)
    escaped = wrote_pid(file)
    supervisor.wait(30)
    assert not escaped.alive()
    assert none_left(content.grant)


def test_where_no_process_is_left_for_the_hook_the_server_still_has_its_time(folder: Path) -> None:
    content = session(folder, 4)
    supervisor = supervise_as_user(folder, *SYSTEM, "-c", "import time; time.sleep(600)")
    eventually((folder / "state.json").exists, "it runs")
    subprocess.run([*ORDINARY, "prlimit", f"--pid={supervisor.pid}", "--nproc=0"], check=True)
    assert supervisor.wait(30) == 128 + signal.SIGTERM
    assert content.stop is not None
    assert datetime.now(timezone.utc) >= content.stop
    assert "hook could not be run: [Errno 11]" in (folder / "log").read_text(encoding="utf-8")
