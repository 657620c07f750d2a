"""The folders that groups of a class have in common, on one machine."""

from __future__ import annotations

import contextlib
import grp
import os
import struct
from collections.abc import Sequence
from pathlib import Path

from maia_hub.client.models import Folder

SHARED = "MAIA_SHARED"
"""The variable that tells a server where its user's shared folders are: a JSON object of names and paths."""
_FIRST_GID = 1_900_000_000
"""Above what systems give to people's accounts and to containers (systemd's ranges end at 1,879,048,191)."""
_USER, _GROUP, _OTHER = 0x01, 0x04, 0x20
_NOBODY = 0xFFFFFFFF
_DEFAULT_ACL = "system.posix_acl_default"


def prepared(root: Path, folders: Sequence[Folder], *, unix_users: bool) -> tuple[dict[str, str], list[int]]:
    """Make the folders that are not there; return where each is by its name, and the Unix groups that may enter.

    With a Unix user each, every folder has a Unix group of its own, by number alone: who has the number is in. Without,
    all servers are the same Unix user, and nothing keeps them apart, here as in their homes.
    """
    groups = [_prepared(root / str(folder.group), unix_users=unix_users) for folder in folders]
    places = {folder.name: str(root / str(folder.group)) for folder in folders}
    return places, [gid for gid in groups if gid is not None]


def _prepared(path: Path, *, unix_users: bool) -> int | None:
    if not path.exists():
        made = path.with_name(f".{path.name}")
        with contextlib.suppress(FileExistsError):  # by a start that was killed
            made.mkdir(mode=0o700)
        if unix_users:
            os.chown(made, 0, _free_gid(path.parent))
            made.chmod(0o2770)
            _for_the_group(made)
        made.rename(path)
    return path.stat().st_gid if unix_users else None


def _free_gid(root: Path) -> int:
    taken = {each.stat().st_gid for each in root.iterdir()} | {each.gr_gid for each in grp.getgrall()}
    return max([_FIRST_GID - 1, *(gid for gid in taken if gid >= _FIRST_GID)]) + 1


def _for_the_group(path: Path) -> None:
    """Let everything that is made in there belong to the group, whatever the maker's umask (acl(5), default ACL).

    On a file system without them, colleagues read what one has made, and change it once she lets them.
    """
    entries = [(_USER, 7, _NOBODY), (_GROUP, 7, _NOBODY), (_OTHER, 0, _NOBODY)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    with contextlib.suppress(OSError):
        os.setxattr(path, _DEFAULT_ACL, acl)
