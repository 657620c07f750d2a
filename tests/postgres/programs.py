"""The server's programs, from the system's packages; installed where they are missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

PACKAGE = "postgresql"
_BINARIES = "/usr/lib/postgresql"
_OLDEST = 13


class NotInstalled(RuntimeError):
    """PostgreSQL is missing and cannot be installed here."""


@cache
def folder() -> Path:
    """Return the folder of the newest server's programs.

    Raises:
        NotInstalled: there is none, and the package manager or the right to use it is missing.
    """
    found = _found()
    if found is None:
        _install()
        found = _found()
    if found is None:
        raise NotInstalled(f"install PostgreSQL {_OLDEST} or newer first, on Debian: {PACKAGE}")
    return found


def _found() -> Path | None:
    """Look where Debian puts every version, and on the path."""
    versions = [
        (int(version[1]), path.parent)
        for path in Path(_BINARIES).glob("*/bin/initdb")
        if (version := re.fullmatch(r"(\d+)", path.parts[-3]))
    ]
    on_path = shutil.which("initdb")
    return max(versions)[1] if versions else Path(on_path).resolve().parent if on_path else None


def _install() -> None:
    sys.stderr.write(f"· Installing {PACKAGE} for the tests (needs root or sudo)\n")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"]
    try:
        subprocess.run([*apt, "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
        # Run level 1: the package's own server would run beside the tests'.
        subprocess.run(
            [*apt, "install", "-y", "-qq", "--no-install-recommends", PACKAGE],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotInstalled(f"install this package first: {PACKAGE}") from error
