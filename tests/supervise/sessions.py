"""Sessions with real ends, and the supervisor started over a real command, for the tests of this folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from maia_hub.core.sessionfile import NAME, SessionFile, write
from maia_hub.supervise.processes import marked

SLEEP = (sys.executable, "-I", "-c", "import time; time.sleep(600)")


def session(folder: Path, length: float) -> SessionFile:
    """Write a session that ends ``length`` seconds from now; its grant is named after the folder."""
    now = datetime.now(timezone.utc)
    end = now + timedelta(seconds=length)
    content = SessionFile(
        grant=f"{folder.name}-{os.getpid()}",
        kind="booked",
        user="alice",
        server="",
        project="default",
        reason="",
        since=now,
        until=end,
        save=end - timedelta(seconds=1),
        stop=end - timedelta(seconds=0.5),
        kill=end,
    )
    write(folder / NAME, content)
    return content


def supervise(
    folder: Path,
    *command: str,
    python: Sequence[str] = (sys.executable, "-I"),
    options: Sequence[str] = (),
    **variables: str,
) -> subprocess.Popen[bytes]:
    """Start the supervisor over a command; it logs into ``folder/log``."""
    line = [*python, "-m", "maia_hub.supervise", "--session-file", str(folder / NAME)]
    line += ["--state-file", str(folder / "state.json"), *options, "--", *command]
    environment = {**os.environ, "HOME": str(folder), **variables}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(line, env=environment, stdout=log, stderr=log, start_new_session=True)


def none_left(grant: str) -> bool:
    """Tell whether all processes of a grant are gone within some seconds."""
    for _ in range(100):
        if not marked(grant):
            return True
        time.sleep(0.05)
    return False
