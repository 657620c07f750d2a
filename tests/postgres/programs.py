"""The server's programs, from the system's packages; installed where they are missing."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

from tests import packages

PACKAGE = "postgresql"
_BINARIES = "/usr/lib/postgresql"
_OLDEST = 13


@cache
def folder() -> Path:
    """Return the folder of the newest server's programs.

    Raises:
        NotInstalled: there is none, and the package manager or the right to use it is missing.
    """
    found = _found()
    if found is None:
        packages.install([PACKAGE])
        found = _found()
    if found is None:
        raise packages.NotInstalled(f"install PostgreSQL {_OLDEST} or newer first, on Debian: {PACKAGE}")
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
