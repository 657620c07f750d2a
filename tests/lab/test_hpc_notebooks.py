"""The program that executes a notebook on a system, on a Python that has nothing for it."""

from __future__ import annotations

import subprocess
import sys

from maia_lab.hpc import panelruns


def test_a_python_without_papermill_and_nbclient_says_so_and_what_to_do() -> None:
    command = [sys.executable, "-I", "-S", "-c", panelruns._PROGRAM, "a.ipynb", "a.executed.ipynb"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "neither papermill nor nbclient" in done.stderr
    assert "pip install" in done.stderr
