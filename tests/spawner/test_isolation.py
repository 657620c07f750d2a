"""The supervisor may run as root, started in a home that its user fills at will."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from maia_hub.core.sessionfile import NAME, SessionFile, write
from maia_spawner.local import MaiaLocalSpawner


@pytest.mark.parametrize("module", ["argparse.py", "sitecustomize.py", "maia_hub.py"])
def test_the_supervisor_imports_nothing_from_the_users_home(tmp_path: Path, module: str) -> None:
    home, session = tmp_path / "home", tmp_path / "session"
    home.mkdir()
    (home / module).write_text("import os; os._exit(9)", encoding="utf-8")
    now = datetime.now(timezone.utc)
    content = SessionFile(
        grant="g", kind="cpu", user="alice", server="", project="default", reason="", since=now
    )
    write(session / NAME, content)
    command = MaiaLocalSpawner()._supervised(session, [sys.executable, "-I", "-c", "raise SystemExit(7)"])
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(home)}

    ended = subprocess.run(command, check=False, cwd=home, env=environment, timeout=30)

    assert ended.returncode == 7
