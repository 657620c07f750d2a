"""A new home begins with the tutorials; what becomes of them afterwards is their owner's matter alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ENV = "MAIA_TUTORIALS"
"""Names the folder that new homes begin with a copy of; the workspace image sets it."""

_SEEN = Path(".maia", "tutorials")
"""Lies in a home that was looked at: whoever deletes the tutorials does not get them again."""
_PART = Path(".maia", "tutorials.part")
_NO_FILES_OF_ANYBODY = {"lost+found"}


def bring() -> Path | None:
    """Copy the tutorials into the home if it is a new one; return where they are, None if there is nothing to do.

    Raises:
        OSError: the home cannot be written to; the next start tries again.
    """
    source = os.environ.get(ENV)
    return copied(Path(source), Path.home()) if source and Path(source).is_dir() else None


def copied(source: Path, home: Path) -> Path | None:
    """Copy a folder into a home that nobody has files in yet, whole or not at all; once in a home's life."""
    if (home / _SEEN).exists():
        return None
    (home / _SEEN).parent.mkdir(exist_ok=True)
    made = home / source.name if _is_new(home) else None
    if made is not None:
        shutil.rmtree(home / _PART, ignore_errors=True)
        shutil.copytree(source, home / _PART, ignore=shutil.ignore_patterns("images", ".*"))
        (home / _PART).rename(made)
    (home / _SEEN).touch()
    return made


def _is_new(home: Path) -> bool:
    """Tell whether there is nothing but what programs keep for themselves."""
    return all(each.name.startswith(".") or each.name in _NO_FILES_OF_ANYBODY for each in home.iterdir())
