"""Many small files as a few archives, which are unpacked aside, verified, and put in place file by file."""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

from maia_hub.hpc.ssh.words import encoded, quoted
from maia_hub.hpc.transfer import hashes
from maia_hub.hpc.transfer.inventory import Sums
from maia_hub.hpc.transfer.tree import OWN, Entry

SMALL = 4 << 20
"""Bytes up to which a file travels in a pack."""
MOST_BYTES = 16 << 20
MOST_FILES = 2000
_NAMES = 200
"""Names in one command: far from what a system takes at most."""

UNPACK = (
    'cd -- "$1" || exit 44; t=' + OWN + '/pack-$2; trap \'rm -rf -- "$t"\' EXIT; mkdir -- "$t" && '
    'tar -xpf - -C "$t" && ( cd -- "$t" && { ! [ -s sums ] || sha256sum --quiet -c sums; } ) && . "./$t/place"'
)
"""The script that takes a pack: its folder, a token nobody else has."""


def divide(paths: Iterable[tuple[str, Entry]]) -> Iterator[list[tuple[str, Entry]]]:
    """Divide small files and links into packs, folder by folder."""
    pack: list[tuple[str, Entry]] = []
    size = 0
    for path, entry in sorted(paths, key=lambda item: (posixpath.dirname(item[0]), item[0])):
        if pack and (size + entry.size > MOST_BYTES or len(pack) >= MOST_FILES):
            yield pack
            pack, size = [], 0
        pack.append((path, entry))
        size += entry.size
    if pack:
        yield pack


def build(base: Path, pack: Iterable[tuple[str, Entry]]) -> tuple[bytes, Sums]:
    """Return a pack's archive, and what is in it; what has vanished meanwhile is not."""
    sums: Sums = {}
    present = []
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8") as archive:
        for path, entry in pack:
            member = tarfile.TarInfo(f"f/{path}")
            data = b""
            try:
                if entry.kind == "file":
                    data = (base / path).read_bytes()
                    sums[path] = (hashes.digest(data), len(data), entry.modified)
            except OSError:
                continue
            member.size, member.mtime, member.mode = len(data), entry.modified, entry.mode
            if entry.kind == "link":
                member.type, member.linkname = tarfile.SYMTYPE, entry.target
            archive.addfile(member, io.BytesIO(data))
            present.append(path)
        for name, text in (("sums", _checks(sums)), ("place", _placing(present))):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return buffer.getvalue(), sums


def unpack(data: bytes) -> Mapping[str, tuple[tarfile.TarInfo, bytes]]:
    """Return the files and links of an archive by path."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            if file or member.issym():
                found[member.name.removeprefix("./")] = (member, file.read() if file else b"")
    return found


def _checks(sums: Sums) -> bytes:
    """Return the lines that sha256sum verifies; it wants backslashes and ends of lines escaped."""
    lines = []
    for path, (digest, _, _) in sums.items():
        escaped = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        lines.append(f"{'' if escaped == path else chr(92)}{digest}  f/{escaped}\n")
    return encoded("".join(lines))


def _placing(paths: Iterable[str]) -> bytes:
    """Return the script that renames what was unpacked to where it belongs, each in one step."""
    lines = []
    for folder, group in groupby(sorted(paths, key=posixpath.dirname), key=posixpath.dirname):
        there = quoted(f"./{folder}/" if folder else "./")
        names = [quoted(f"/f/{path}") for path in group]
        lines.append(f"mkdir -p -- {there} || exit")
        for start in range(0, len(names), _NAMES):
            chosen = " ".join(f'"$t"{name}' for name in names[start : start + _NAMES])
            lines.append(f"mv -f -- {chosen} {there} || exit")
    return encoded("\n".join(lines) + "\n")
