"""Files to send, from wherever they are: single ones, folders, zip archives. Nothing of them is trusted."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging.records import Refused

Sources: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A file, folder or zip archive, or several."""
MEMBERS = 100_000
"""Files of one archive."""
UNPACKED = 64 << 30
"""Bytes of one archive's files together."""
SUSPICIOUS = (1 << 30, 200)
"""An archive whose files are larger than so many bytes, and so many times larger than it, is a trap."""
_BLOCK = 1 << 20
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it lies there; ``name`` is what to call it, ``passing`` one that was unpacked and may be removed."""

    path: Path
    name: str
    size: int
    passing: bool = False

    def leave(self) -> None:
        """Let go of it."""
        if self.passing:
            self.path.unlink(missing_ok=True)


class Gathering:
    """All that is meant by some paths; ``total`` is how many files that is.

    Folders are walked, links to folders not followed. Of an archive one file after the other is unpacked, under a name
    of our own in a private folder (below ``folder``, by default the system's for temporary files), and removed when it
    has been sent; at the end, which the context tells, the folder goes, too.
    """

    def __init__(self, what: Sources, folder: Path | None = None) -> None:
        given = [what] if isinstance(what, str | os.PathLike) else list(what)
        self._files: list[tuple[Path, str]] = []
        self._archives: list[tuple[Path, list[zipfile.ZipInfo]]] = []
        self._refused: list[Refused] = []
        self._folder = folder
        self._made = ExitStack()
        for each in given:
            self._add(Path(each).expanduser())
        members = sum(len(infos) for _, infos in self._archives)
        self.total = len(self._files) + len(self._refused) + members

    def __enter__(self) -> Gathering:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._made.close()

    def _add(self, path: Path) -> None:
        if path.is_dir():
            self._files += sorted(_walked(path))
        elif not path.exists():
            raise InvalidInput(
                f"There is no {path}.", given=str(path), allowed="files, folders, zip archives"
            )
        elif path.is_file() and _is_archive(path):
            self._archives.append((path, _members(path)))
        else:
            self._files.append((path, str(path)))

    def __iter__(self) -> Iterator[Found | Refused]:
        yield from self._refused
        for path, name in self._files:
            yield _found(path, name)
        for path, infos in self._archives:
            yield from self._unpacked(path, infos)

    def _unpacked(self, path: Path, infos: list[zipfile.ZipInfo]) -> Iterator[Found | Refused]:
        made = tempfile.TemporaryDirectory(prefix="maia-unpacked-", dir=self._folder)
        folder = self._made.enter_context(made)
        with zipfile.ZipFile(path) as archive:
            for number, info in enumerate(infos):
                yield _unpacked(archive, info, Path(folder, str(number)), f"{path.name}/{info.filename}")


def _walked(folder: Path) -> Iterator[tuple[Path, str]]:
    for where, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                path = Path(where, name)
                yield path, str(path.relative_to(folder))


def _raise(error: OSError) -> None:
    raise InvalidInput(f"A folder cannot be read: {error.strerror}", given=error.filename) from error


def _found(path: Path, name: str) -> Found | Refused:
    try:
        if not path.is_file():
            return Refused(name, "is not a file, or a link to nowhere")
        return Found(path, name, path.stat().st_size)
    except OSError as error:
        return Refused(name, f"cannot be read: {error.strerror}")


def _is_archive(path: Path) -> bool:
    """Look at the first bytes: `zipfile.is_zipfile` also takes a DICOM file that has an archive in it."""
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def _members(path: Path) -> list[zipfile.ZipInfo]:
    """Return an archive's files.

    Raises:
        InvalidInput: it is broken, or made to do harm.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir() and not _hidden(info.filename)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InvalidInput(f"{path.name} is not a whole zip archive: {error}", given=str(path)) from error
    packed, unpacked = sum(info.compress_size for info in infos), sum(info.file_size for info in infos)
    size = path.stat().st_size
    if packed > size:
        raise InvalidInput(f"{path.name} is refused: its files overlap, as those of a zip bomb do.")
    if len(infos) > MEMBERS or unpacked > UNPACKED:
        raise InvalidInput(
            f"{path.name} is refused: it is too large when it is unpacked.",
            given=f"{len(infos)} files, {unpacked / (1 << 30):.1f} GiB",
            allowed=f"{MEMBERS} files, {UNPACKED >> 30} GiB",
            advice="Unpack it yourself and send the folder.",
        )
    if unpacked > SUSPICIOUS[0] and unpacked > SUSPICIOUS[1] * size:
        raise InvalidInput(
            f"{path.name} is refused: unpacked it is {unpacked // size} times as large, as a zip bomb is.",
            allowed=f"{SUSPICIOUS[1]} times, for what is larger than {SUSPICIOUS[0] >> 30} GiB",
            advice="If you know what it is, unpack it yourself and send the folder.",
        )
    return infos


def _hidden(name: str) -> bool:
    """Say whether it is what an operating system leaves in archives."""
    return name.startswith("__MACOSX/") or name.replace("\\", "/").rpartition("/")[2].startswith(".")


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, name: str) -> Found | Refused:
    """Unpack one file; its own name is only told, never used."""
    parts = info.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        return Refused(name, "has a name that leads out of the archive")
    if info.flag_bits & _ENCRYPTED:
        return Refused(name, "is encrypted; unpack the archive with its password first")
    if info.external_attr >> 28 == 0xA:
        return Refused(name, "is a link, not a file")
    if shutil.disk_usage(path.parent).free < info.file_size:
        return Refused(name, f"does not fit on this disk unpacked ({info.file_size >> 20} MiB)")
    try:
        with archive.open(info) as source, path.open("xb") as sink:
            shutil.copyfileobj(source, sink, _BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        path.unlink(missing_ok=True)
        return Refused(name, f"cannot be unpacked: {str(error)[:120]}")
    return Found(path, name, info.file_size, passing=True)
