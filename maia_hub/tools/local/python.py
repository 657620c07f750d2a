"""Environments of Python packages that a lock file names with their hashes."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from maia_hub.tools.launch import PythonPackage
from maia_hub.tools.local.commands import Command, Say, run

_LOCKS = Path(__file__).parent.parent / "locks"
_NAMED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_PINS = re.compile(r"^[A-Za-z0-9._-]+==(?:.*\\\n)*.*\n", re.MULTILINE)
_QUIET = ("--disable-pip-version-check", "--no-input", "--no-compile")


def lock_of(package: PythonPackage) -> Path:
    """Return the path of its lock file."""
    return _LOCKS / f"{package.lock}.lock"


def pins(lock: str) -> list[str]:
    """Return the requirements of a lock file's text, each with its hashes."""
    return _PINS.findall(lock)


async def fill(package: PythonPackage, folder: Path, say: Say) -> None:
    """Make an environment in a folder. It may be moved: its Python is called, never one of its scripts."""
    say("Making an environment", 0.0)
    await run(Command([sys.executable, "-m", "venv", str(folder)], folder.parent))
    python = folder / "bin" / "python"
    if package.parts > 1:
        await _in_parts(python, package, folder, say)
    else:
        await pip_install(python, package.lock, folder.parent, say)


async def pip_install(python: Path, lock: str, folder: Path, say: Say) -> None:
    """Install what a lock file names, by the pip of an environment."""
    path = _LOCKS / f"{lock}.lock"
    hear = _Hears(len(_NAMED.findall(path.read_text(encoding="utf-8"))), say)
    await run(Command(_pip(python, path), folder), hear)


async def _in_parts(python: Path, package: PythonPackage, folder: Path, say: Say) -> None:
    """Install a lock file part by part; the archives of one are removed before the next is fetched."""
    scratch = folder / ".archives"
    scratch.mkdir()
    named = pins(lock_of(package).read_text(encoding="utf-8"))
    hear = _Hears(len(named), say)
    for at in range(package.parts):
        part = scratch / "part.txt"
        part.write_text("".join(named[at :: package.parts]), encoding="utf-8")
        words = _pip(python, part, "--no-deps", "--no-cache-dir")
        await run(Command(words, folder.parent, {"TMPDIR": str(scratch)}), hear)
    shutil.rmtree(scratch)


def _pip(python: Path, requirements: Path, *more: str) -> list[str]:
    return [str(python), "-m", "pip", "install", *_QUIET, *more, "--require-hashes", "-r", str(requirements)]


class _Hears:
    """Tells from what pip says how many of so many packages it has come to."""

    def __init__(self, total: int, say: Say) -> None:
        self._total = total
        self._say = say
        self._done = 0

    def __call__(self, line: str) -> None:
        if line.startswith("Collecting "):
            self._done += 1
            self._say(f"Fetching {line.split()[1].partition('==')[0]}", self._progress)
        elif line.startswith("Ignoring "):
            self._done += 1  # it is for other systems
        elif line.startswith("Installing collected"):
            self._say("Unpacking", self._progress)

    @property
    def _progress(self) -> float:
        return min(0.9, 0.9 * self._done / self._total)
