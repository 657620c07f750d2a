"""The `maia` command as a process, in a terminal of a user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.platform import Platform

ROOT = Path(__file__).resolve().parents[2]


def maia(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `maia` with these words and variables; a warning is an error."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAIA_", "JUPYTERHUB_"))}
    environment = {**clean, "PYTHONPATH": str(ROOT), "TZ": "Europe/Stockholm", "COLUMNS": "160", **variables}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "maia_hub.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


class Terminal:
    """A terminal of one user of a platform."""

    def __init__(self, platform: Platform, user: str, **variables: str) -> None:
        self.variables = {
            "MAIA_SERVICE_URL": platform.service_url,
            "MAIA_TOKEN": platform.token(user),
            **variables,
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `maia` with these words."""
        return maia(*words, **self.variables)

    def says(self, *words: str) -> str:
        """Return what it prints, having succeeded and said nothing on standard error."""
        done = self.run(*words)
        assert (done.returncode, done.stderr) == (0, ""), f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *words: str) -> Any:
        """Return what it prints with --json."""
        return json.loads(self.says(*words, "--json"))

    def refuses(self, *words: str) -> str:
        """Return what it says on standard error, having failed and printed nothing else."""
        done = self.run(*words)
        assert (done.returncode, done.stdout) == (1, ""), f"{words}: {done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stderr
