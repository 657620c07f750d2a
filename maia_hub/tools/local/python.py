"""Environments of Python packages that a lock file names with their hashes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from maia_hub.tools.launch import PythonPackage
from maia_hub.tools.local.commands import Command, Say, run

_LOCKS = Path(__file__).parent.parent / "locks"
_NAMED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_QUIET = ("--disable-pip-version-check", "--no-input", "--no-compile")


def lock_of(package: PythonPackage) -> Path:
    """Return the path of its lock file."""
    return _LOCKS / f"{package.lock}.lock"


async def fill(package: PythonPackage, folder: Path, say: Say) -> None:
    """Make an environment in a folder. It may be moved: its Python is called, never one of its scripts."""
    say("Making an environment", 0.0)
    await run(Command([sys.executable, "-m", "venv", str(folder)], folder.parent))
    await pip_install(folder / "bin" / "python", package.lock, folder.parent, say)


async def pip_install(python: Path, lock: str, folder: Path, say: Say) -> None:
    """Install what a lock file names, by the pip of an environment."""
    path = _LOCKS / f"{lock}.lock"
    total = len(_NAMED.findall(path.read_text(encoding="utf-8")))
    done = 0

    def hear(line: str) -> None:
        nonlocal done
        if line.startswith("Collecting "):
            done += 1
            say(f"Fetching {line.split()[1].partition('==')[0]}", min(0.9, 0.9 * done / total))
        elif line.startswith("Installing collected"):
            say("Unpacking", 0.9)

    words = [str(python), "-m", "pip", "install", *_QUIET, "--require-hashes", "-r", str(path)]
    await run(Command(words, folder), hear)
