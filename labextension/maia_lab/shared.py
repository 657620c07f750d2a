"""The folders of one's groups, found in the home: ``~/shared/NAME`` leads to each."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

ENV = "MAIA_SHARED"
"""A JSON object, set by the spawner: the name of each folder, and where it is."""
_PLACE = "shared"


def bring() -> None:
    """Put links into the home for all folders of the environment, and take away those that lead nowhere any more.

    Raises:
        OSError: the home cannot be written to; the next start tries again.
    """
    told = os.environ.get(ENV)
    linked(json.loads(told) if told else {}, Path.home())


def linked(folders: Mapping[str, str], home: Path) -> None:
    """Link these folders into a home; what its owner has put there herself is left alone."""
    place = home / _PLACE
    if not folders and not place.is_dir():
        return
    place.mkdir(exist_ok=True)
    for each in place.iterdir():
        if each.is_symlink() and each.name not in folders and not os.access(each, os.R_OK | os.X_OK):
            each.unlink()
    for name, target in folders.items():
        link = place / name
        if not os.path.lexists(link):
            link.symlink_to(target)
