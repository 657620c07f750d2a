"""Many small files as a few archives, which are unpacked aside, verified, and put in place file by file."""

from __future__ import annotations

import io
import posixpath
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

GONE = 44
_ENTER = f'cd -- "$1" || exit {GONE}; '
_TAKE = (
    "t=" + OWN + '/pack-$2; trap \'rm -rf -- "$t"\' EXIT; mkdir -- "$t" && '
    'tar -xpf - -C "$t" && ( cd -- "$t" && { ! [ -s sums ] || sha256sum --quiet -c sums; } ) && . "./$t/place"'
)
UNPACK = _ENTER + _TAKE
"""The script that takes a pack: its folder, a token nobody else has."""
STALE = 46
UNPACK_IF = (
    _ENTER
    + 'if [ -n "$3" ] && [ "$(xargs -0 -r -a '
    + OWN
    + "/paths stat --printf='%f %s %.9Y %n\\0' -- 2>/dev/null"
    f' | sha256sum)" != "$3  -" ]; then exit {STALE}; fi; [ -n "$4" ] || exit 0; ' + _TAKE
)
"""The same, with what `fingerprint` says of the files that should be there, empty if that need not be asked, and
whether there is a pack; its status is STALE, and nothing was done, where the files are not as they should be."""


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


def contents(base: Path, pack: Iterable[tuple[str, Entry]]) -> Iterator[tuple[str, Entry, bytes]]:
    """Yield files with what is in them, and links; what has vanished meanwhile is not there."""
    for path, entry in pack:
        try:
            yield path, entry, (base / path).read_bytes() if entry.kind == "file" else b""
        except OSError:
            continue


class Archive:
    """An archive that is being made; ``sums`` and ``present`` tell what is in it."""

    def __init__(self) -> None:
        self.sums: Sums = {}
        self.present: list[str] = []
        self._buffer = io.BytesIO()
        self._tar = tarfile.open(  # noqa: SIM115 - `data` closes it
            fileobj=self._buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8"
        )

    def add(self, base: Path, pack: Iterable[tuple[str, Entry]]) -> None:
        """Take files and links; what has vanished meanwhile is not."""
        for path, entry, data in contents(base, pack):
            member = tarfile.TarInfo(f"f/{path}")
            if entry.kind == "file":
                self.sums[path] = (hashes.digest(data), len(data), entry.modified)
            member.size, member.mtime, member.mode = len(data), entry.modified, entry.mode
            if entry.kind == "link":
                member.type, member.linkname = tarfile.SYMTYPE, entry.target
            self._tar.addfile(member, io.BytesIO(data))
            self.present.append(path)

    def beside(self, name: str, text: bytes) -> None:
        """Take what is not to be placed."""
        member = tarfile.TarInfo(name)
        member.size = len(text)
        self._tar.addfile(member, io.BytesIO(text))

    def data(self) -> bytes:
        """End it, and return it."""
        self.beside("sums", _checks(self.sums))
        self._tar.close()
        return self._buffer.getvalue()


def build(base: Path, pack: Iterable[tuple[str, Entry]]) -> tuple[bytes, Sums]:
    """Return a pack's archive, and what is in it."""
    archive = Archive()
    archive.add(base, pack)
    archive.beside("place", placing(archive.present))
    return archive.data(), archive.sums


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


def placing(paths: Iterable[str], *, make: bool = True) -> bytes:
    """Return the script that renames what was unpacked to where it belongs, each in one step."""
    lines = []
    for folder, group in groupby(sorted(paths, key=posixpath.dirname), key=posixpath.dirname):
        there = quoted(f"./{folder}/" if folder else "./")
        if make:
            lines.append(f"mkdir -p -- {there} || exit")
        lines += each_of("mv -f --", [f'"$t"{quoted(f"/f/{path}")}' for path in group], there)
    return encoded("".join(f"{line}\n" for line in lines))


def each_of(command: str, words: Sequence[str], last: str = "") -> list[str]:
    """Return lines that do something with some words, so many at a time as a system surely takes."""
    parts = [words[start : start + _NAMES] for start in range(0, len(words), _NAMES)]
    return [f"{command} {' '.join(part)} {last} || exit" for part in parts]


def fingerprint(files: Mapping[str, Entry]) -> str:
    """Return what UNPACK_IF finds of files that are as these say, in their order.

    Times are whole seconds, as archives keep them: who writes such a file within its second is seen by the fraction.
    """
    lines = (
        f"{stat.S_IFREG | entry.mode:x} {entry.size} {entry.modified}.000000000 ./{path}\0"
        for path, entry in files.items()
    )
    return hashes.digest(encoded("".join(lines)))
