"""Folders to send, and what they have to look like at the other end."""

from __future__ import annotations

import os
import random
from pathlib import Path

from maia_hub.hpc.transfer.tree import OWN, PART

HOSTILE = (
    *("two words", "-rf", "new\nline", "$(touch PWNED)", "qu'o\"te", "back\\slash"),
    *("*", "~", "é\u2028", "#x", "!y"),
)


def fill(root: Path, seed: int = 1, *, files: int = 40, large: int = 1) -> Path:
    """Make a folder with small files, hostile names, links, an empty folder and large files."""
    chance = random.Random(seed)
    for n in range(files):
        put(root / f"code/d{n % 4}/f{n}.py", chance.randbytes(chance.randrange(5000)))
    for name in HOSTILE:
        put(root / name / name, name.encode())
    put(os.fsencode(root) + b"/latin-\xff", b"not UTF-8")
    put(root / "run.sh", b"#!/bin/sh\n").chmod(0o755)
    put(root / "empty", b"")
    (root / "nothing in it").mkdir()
    (root / "link").symlink_to("code/d0")
    (root / "broken").symlink_to("-nowhere")
    for n in range(large):
        put(root / f"data/large{n}.bin", chance.randbytes((9 << 20) + n))
    return root


def put(path: Path | bytes, data: bytes) -> Path:
    """Write a file, with the folders above it."""
    made = Path(os.fsdecode(path))
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_bytes(data)
    return made


def contents(root: Path) -> dict[str, object]:
    """Return all that a folder holds but what a transfer keeps for itself."""
    found: dict[str, object] = {}
    for folder, names, files in os.walk(root):
        if OWN in names:
            names.remove(OWN)
        for name in (*names, *files):
            path = Path(folder) / name
            key = str(path.relative_to(root))
            if path.is_symlink():
                found[key] = f"-> {os.readlink(path)}"
            elif path.is_dir():
                found[key] = "folder"
            elif not name.startswith(PART):
                found[key] = (path.read_bytes(), path.stat().st_mode & 0o777)
    return found
