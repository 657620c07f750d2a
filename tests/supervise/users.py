"""Ordinary users, also where the tests run as root: with root a cgroup and no limits hold, without it they do not."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import maia_hub

IS_ROOT = os.geteuid() == 0
SYSTEM = ("/usr/bin/python3",)
"""An interpreter that everybody may read; that of the tests may lie in root's home."""
_NOBODY = pwd.getpwnam("nobody")
_AS_NOBODY = ("setpriv", f"--reuid={_NOBODY.pw_uid}", f"--regid={_NOBODY.pw_gid}", "--clear-groups", "--")
ORDINARY = _AS_NOBODY if IS_ROOT else ()
"""What runs a command as an ordinary user."""


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder that other users reach, with a home that belongs to `nobody` and a copy of what runs there."""
    package = Path(maia_hub.__file__).parent
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("__init__.py", "core", "supervise"):
            source, target = package / part, folder / "copy" / "maia_hub" / part
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, target)
        (folder / "home").mkdir(mode=0o700)
        give(folder / "home")
        yield folder


def give(*paths: Path) -> None:
    """Make the paths an ordinary user's."""
    if IS_ROOT:
        for path in paths:
            os.chown(path, _NOBODY.pw_uid, _NOBODY.pw_gid)
