"""What signs in at the project's images for a MONAI Label that outlives this process: a file, read at each request."""

from __future__ import annotations

from pathlib import Path

from maia_hub.core.files import replace_whole
from maia_hub.monailabel.state import home
from maia_lab.tools.place import Place


def keep(token: str) -> Path:
    """Write it down; only its owner may read it. Return the file."""
    _file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_whole(_file(), token)
    return _file()


def renew() -> None:
    """Write it anew if it was written once: a session has another token than the one before."""
    place = Place.from_environment()
    if place is not None and _file().exists():
        keep(place.token)


def _file() -> Path:
    return home() / "project-token"
