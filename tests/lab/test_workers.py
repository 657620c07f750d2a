"""In the processes of a data loader the time is known too, and what the notebook registered runs but once."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from subprocess import run

import pytest

from tests.lab.kernels import ROOT
from tests.lab.sessions import write

TRAINING = """
import multiprocessing, sys, threading
from maia_lab import gpu

def note(text):
    with open("notes", "a") as notes:
        notes.write(f"{text} in {multiprocessing.current_process().name}\\n")

@gpu.before_end("1h")
def save_checkpoint():
    note("saved")

def worker():
    note(f"{sum(gpu.until_end([1, 2, 3], reserve='1s'))} at {gpu.time_left() > gpu.time_left() * 0}")
    done = threading.Event()
    with gpu.rehearsal("1 min"):

        @gpu.before_end("1h")
        def own():
            note("own")
            done.set()

        assert done.wait(20)

if __name__ == "__main__":
    process = multiprocessing.get_context(sys.argv[1]).Process(target=worker, name="worker")
    process.start()
    process.join()
    with gpu.rehearsal("1 min"):
        while "saved" not in open("notes").read():
            pass
    sys.exit(process.exitcode)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_worker_knows_the_time_and_saves_only_what_it_registered_itself(
    method: str, tmp_path: Path
) -> None:
    write(tmp_path / "grant.json", timedelta(hours=3), datetime.now(timezone.utc))
    (tmp_path / "training.py").write_text(TRAINING)
    paths = [str(ROOT), str(ROOT / "labextension")]
    variables = {"MAIA_SESSION_FILE": str(tmp_path / "grant.json"), "PYTHONPATH": os.pathsep.join(paths)}
    done = run(
        [sys.executable, "training.py", method],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    notes = (tmp_path / "notes").read_text().splitlines()
    assert notes == ["6 at True in worker", "own in worker", "saved in MainProcess"]
