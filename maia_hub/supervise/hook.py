"""The user's own ``~/.maia/on-expiry``: run before an end, as the user, for a bounded time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

PLACE = Path(".maia") / "on-expiry"


def start_hook(environment: Mapping[str, str], setup: Callable[[], None]) -> int:
    """Fork a process that becomes the hook, or ends at once if there is none; return its pid.

    The home is looked at in that process alone: one that hangs must not hold up the end. What the hook prints
    goes to the server's log.
    """
    pid = os.fork()
    if pid == 0:
        try:
            setup()
            _become_hook(environment)
        except Exception as e:
            print(f"the on-expiry hook could not be run: {e}", file=sys.stderr, flush=True)
        finally:
            os._exit(0)
    return pid


def _become_hook(environment: Mapping[str, str]) -> None:
    home = Path(environment.get("HOME", "/nonexistent"))
    hook = home / PLACE
    if not hook.is_file() or not os.access(hook, os.X_OK):
        return
    print(f"running {hook}", file=sys.stderr, flush=True)
    os.chdir(home)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.execve(hook, [os.fspath(hook)], environment)  # noqa: S606 - the user's own program, without a shell
