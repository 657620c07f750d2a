"""The user's own ``~/.maia/on-expiry``: run before an end, as the user, for a bounded time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

PLACE = Path(".maia") / "on-expiry"


def start_hook(environment: Mapping[str, str], setup: Callable[[], None]) -> subprocess.Popen[bytes] | None:
    """Start the hook if there is one that is executable; its output goes to the server's log."""
    home = Path(environment.get("HOME", "/nonexistent"))
    hook = home / PLACE
    try:
        if not hook.is_file() or not hook.stat().st_mode & 0o111:
            return None
        print(f"running {hook}", file=sys.stderr, flush=True)
        return subprocess.Popen(
            [os.fspath(hook)],
            cwd=home,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            preexec_fn=setup,
        )
    except (OSError, subprocess.SubprocessError) as e:
        print(f"{hook} could not be run: {e}", file=sys.stderr, flush=True)
        return None
