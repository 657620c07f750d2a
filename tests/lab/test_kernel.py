"""In a real kernel, with no browser: callbacks run while a cell runs, and loops end by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.lab.kernels import execute, kernel, text
from tests.lab.sessions import write


@pytest.fixture
def grant(tmp_path: Path) -> Path:
    return tmp_path / "grant.json"


@pytest.fixture
def client(grant: Path) -> Iterator[Any]:
    with kernel({"MAIA_SESSION_FILE": str(grant)}) as client:
        yield client


def now() -> datetime:
    return datetime.now(timezone.utc)


TRAINING = """
import time
from pathlib import Path
from maia_lab import gpu

steps = 0

@gpu.before_end("1s")
def save_checkpoint():
    Path({checkpoint!r}).write_text(str(steps))

for step in gpu.until_end(range(10**9), reserve="500ms"):
    steps = step
    sum(i * i for i in range(2000))
print("left the loop after", steps)
"""


def test_a_running_cell_saves_and_leaves_its_loop_before_saving_begins(
    client: Any, grant: Path, tmp_path: Path
) -> None:
    session = write(grant, timedelta(seconds=12), now())
    checkpoint = tmp_path / "checkpoint"
    outputs = execute(client, TRAINING.format(checkpoint=str(checkpoint)))
    assert session.save is not None
    assert now() < session.save
    assert "left the loop after" in text(outputs)
    execute(client, f"while not Path({str(checkpoint)!r}).exists(): time.sleep(0.05)")
    assert session.stop is not None
    assert now() < session.stop
    assert int(checkpoint.read_text()) > 0


def test_a_failing_callback_is_seen_under_the_running_cell(client: Any, grant: Path) -> None:
    write(grant, timedelta(seconds=60), now())
    cell = """
import time
from maia_lab import gpu

@gpu.before_end("10 min")
def save_checkpoint():
    raise OSError("no space left on device")

time.sleep(1.5)
print("the cell goes on")
"""
    outputs = execute(client, cell)
    stderr = "".join(o["text"] for o in outputs if o.get("name") == "stderr")
    assert "save_checkpoint() failed before the end" in stderr
    assert "no space left on device" in stderr
    assert "the cell goes on" in text(outputs)


def test_the_status_is_shown_as_html_that_follows_the_theme(client: Any, grant: Path) -> None:
    write(grant, timedelta(hours=2), now())
    (shown,) = execute(client, "from maia_lab import gpu\ngpu.status()")
    assert "Simulated GPU" in shown["data"]["text/html"]
    assert "color" not in shown["data"]["text/html"]
    assert "Until" in shown["data"]["text/plain"]
