"""Files of a run folder of this machine: copied as they would be fetched from another."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import pathspec

from maia_hub.hpc.transfer.progress import Summary
from maia_hub.hpc.transport import NoSuchFile


def copy(root: Path, to: Path, patterns: Sequence[str]) -> Summary:
    """Copy what is in a folder and matches one of the patterns, which are as in .gitignore.

    Raises:
        NoSuchFile: the folder is not there any more.
    """
    if not root.is_dir():
        raise NoSuchFile("The run folder is not there any more.", given=str(root))
    began = time.monotonic()
    names = sorted(pathspec.GitIgnoreSpec.from_lines(patterns).match_tree_files(root, follow_links=False))
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, to / name, follow_symlinks=False)
    size = sum((to / name).lstat().st_size for name in names)
    return Summary(
        files=len(names),
        bytes=size,
        files_moved=len(names),
        bytes_moved=size,
        seconds=time.monotonic() - began,
    )
