"""What a folder here holds, without what it says is to be ignored."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pathspec

from maia_hub.core.errors import InvalidInput

OWN = ".maia-transfer"
"""The folder at the other end that holds what is on its way, and the manifest of what came."""
PART = ".maia-part-"
RULES = (".gitignore", ".maiaignore")
_ALWAYS = (".git/", f"{OWN}/", f"{PART}*")


@dataclass(frozen=True)
class Entry:
    """A file, folder or symbolic link by its path in the folder; times are whole seconds, as travel keeps them."""

    kind: Literal["file", "folder", "link"]
    size: int = 0
    modified: int = 0
    mode: int = 0
    target: str = ""


def scan(root: Path, ignore: Sequence[str] = (), rules: Sequence[str] = RULES) -> Mapping[str, Entry]:
    """Return what is in a folder; a file alone counts as a folder that holds only it.

    ``ignore`` are patterns as in .gitignore; files named as in ``rules`` hold more, for their folder.

    Raises:
        InvalidInput: there is no such folder or file.
    """
    if root.is_file():
        return {root.name: _entry(root.lstat() if not root.is_symlink() else root.stat(), root)}
    if not root.is_dir():
        raise InvalidInput("there is no such folder", given=str(root))
    first = pathspec.GitIgnoreSpec.from_lines([*_ALWAYS, *ignore])
    return dict(_walk(root, "", [("", first)], rules))


def base(root: Path) -> Path:
    """Return the folder that the paths of `scan` are in."""
    return root.parent if root.is_file() else root


_Specs = list[tuple[str, pathspec.GitIgnoreSpec]]


def _walk(folder: Path, prefix: str, specs: _Specs, rules: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    own = [line for name in rules for line in _lines(folder / name)]
    specs = [*specs, (prefix, pathspec.GitIgnoreSpec.from_lines(own))] if own else specs
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda each: each.name)
    for each in entries:
        path = prefix + each.name
        is_folder = each.is_dir(follow_symlinks=False)
        if _ignored(path + "/" * is_folder, specs):
            continue
        known = each.stat(follow_symlinks=False)
        if is_folder:
            yield path, Entry("folder", mode=known.st_mode & 0o777)
            yield from _walk(folder / each.name, f"{path}/", specs, rules)
        elif stat.S_ISREG(known.st_mode) or stat.S_ISLNK(known.st_mode):
            yield path, _entry(known, folder / each.name)


def _entry(known: os.stat_result, path: Path) -> Entry:
    if stat.S_ISLNK(known.st_mode):
        return Entry("link", target=os.readlink(path))
    return Entry("file", known.st_size, int(known.st_mtime), known.st_mode & 0o777)


def _ignored(path: str, specs: _Specs) -> bool:
    """Say whether a path is ignored: the deepest folder that has a rule for it decides."""
    for prefix, spec in reversed(specs):
        decided = spec.check_file(path[len(prefix) :]).include
        if decided is not None:
            return bool(decided)
    return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
