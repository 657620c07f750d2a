"""A Python with scikit-learn on a site: the packages of these tests, for an account that cannot see their home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from tests.slurm.place import AS_ROOT
from tests.slurm.site import Site

_DISTRIBUTIONS = ("joblib", "narwhals", "numpy", "scikit-learn", "scipy", "threadpoolctl")
_WRAPPER = '#!/bin/sh\nPYTHONPATH={packages} exec {python} "$@"\n'


def with_learning(site: Site) -> Path:
    """Return a program that is Python with scikit-learn, for the site's user."""
    if not AS_ROOT:
        return Path(sys.executable)
    packages = site.folder / "packages"
    if not packages.exists():
        for name in _DISTRIBUTIONS:
            _bring(name, packages)
    program = site.folder / "python-with-learning"
    program.write_text(_WRAPPER.format(packages=packages, python=_python(site)))
    program.chmod(0o755)
    return program


def _bring(name: str, to: Path) -> None:
    """Link, or copy, the files of a distribution; one that this version of Python does without is left out."""
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        return
    for file in files:
        if ".." in file.parts or "__pycache__" in file.parts or "tests" in file.parts:
            continue
        (to / file).parent.mkdir(parents=True, exist_ok=True)
        _link(str(file.locate()), str(to / file))


def _link(source: str, to: str) -> None:
    try:
        os.link(source, to)
    except OSError:
        shutil.copy(source, to)


def _python(site: Site) -> str:
    """Return a Python of this version that the site's user may run."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    said = "import sys; print('%d.%d' % sys.version_info[:2])"
    for program in (f"python{version}", "python3", sys.executable):
        try:
            if site.run_as(site.account, program, "-c", said).strip() == version:
                return program
        except (subprocess.CalledProcessError, PermissionError, FileNotFoundError):
            continue
    raise RuntimeError(f"there is no Python {version} that an ordinary user may run, to learn with on Slurm")
