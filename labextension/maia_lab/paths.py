"""Paths as the file browser has them."""

from __future__ import annotations

from pathlib import Path

from maia_hub.core.errors import InvalidInput


def within(root: Path, name: str) -> Path:
    """Return a path below the folder that the file browser shows. Raises InvalidInput if it leads out of it."""
    try:
        path = (root / name.lstrip("/")).resolve()
    except (ValueError, OSError) as e:
        raise InvalidInput("This cannot be the name of a file.", given=name[:200]) from e
    if path != root.resolve() and root.resolve() not in path.parents:
        raise InvalidInput("It has to be in the folder that the file browser shows.", given=name[:200])
    return path


def shown(root: Path, path: Path) -> str:
    """Return a path as the file browser has it; empty for one that it does not show."""
    whole = root.resolve()
    return str(path.relative_to(whole)) if whole in path.parents or path == whole else ""
