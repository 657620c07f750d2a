"""The file of a backup: a compressed tar archive that begins with a list of what is in it and the digests."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from maia_hub.core.errors import Conflict, InvalidInput, NotFound, Unavailable

LISTING = "backup.json"
MOST_LISTED = 100_000
"""Bytes that a listing may have: what is larger is none of ours."""

_ADVICE = "Name a file that maia backup has written, whole."


class Listing(BaseModel):
    """What a backup is of: the database's kind and revision, who wrote it when, a SHA-256 for each part."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    kind: Literal["sqlite", "postgresql"]
    revision: str
    version: str
    made: datetime
    digests: dict[str, str]


def pack(file: Path, listing: Listing, parts: Mapping[str, Path]) -> None:
    """Write a backup that only its owner may read; half of one never stands under its name.

    Raises:
        Conflict: there is such a file already.
        Unavailable: it cannot be written.
    """
    described = listing.model_copy(update={"digests": {name: _digest(path) for name, path in parts.items()}})
    try:
        with _written(file) as out, tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive:
            content = described.model_dump_json(indent=1).encode()
            _add(archive, LISTING, io.BytesIO(content), len(content))
            for name, path in parts.items():
                with path.open("rb") as part:
                    _add(archive, name, part, path.stat().st_size)
    except FileExistsError as e:
        raise Conflict(
            "There is such a file already, and it was left as it is.",
            given=str(file),
            advice="Choose another name, such as one with the date.",
        ) from e
    except OSError as e:
        raise Unavailable(
            f"The backup cannot be written: {e.strerror}.", given=str(file), advice="Choose another place."
        ) from e


def unpack(file: Path, folder: Path) -> Listing:
    """Put the parts of a backup into a folder, each as it was written, readable by the owner only.

    Raises:
        NotFound: there is no such file, or it cannot be read.
        InvalidInput: it is no backup, or a damaged one.
    """
    try:
        with tarfile.open(file, mode="r:gz") as archive:
            listing = _listing(archive)
            for name, digest in listing.digests.items():
                _take(archive, name, folder / name, digest)
            return listing
    except (FileNotFoundError, PermissionError, IsADirectoryError) as e:
        raise NotFound("That backup cannot be read.", given=f"{file}: {e.strerror}", advice=_ADVICE) from e
    except (tarfile.TarError, EOFError, ValidationError, ValueError, KeyError, OSError) as e:
        raise InvalidInput(
            "That file is no backup of MAIA Hub, or a damaged one.", given=str(file), advice=_ADVICE
        ) from e


def _listing(archive: tarfile.TarFile) -> Listing:
    first = archive.next()
    if first is None or first.name != LISTING or first.size > MOST_LISTED:
        raise ValueError
    content = archive.extractfile(first)
    if content is None:
        raise ValueError
    listing = Listing.model_validate_json(content.read())
    if any(Path(name).name != name or name in (LISTING, ".", "..") for name in listing.digests):
        raise ValueError
    return listing


def _take(archive: tarfile.TarFile, name: str, path: Path, digest: str) -> None:
    """Copy one part, by its name alone: what else the archive says of it (links, owners, modes) does not count."""
    part = archive.extractfile(name)
    if part is None:
        raise ValueError
    with part, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while block := part.read(1 << 20):
            out.write(block)
    if _digest(path) != digest:
        raise ValueError


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    archive.addfile(info, content)


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(1 << 20):
            found.update(block)
    return found.hexdigest()


@contextmanager
def _written(file: Path) -> Iterator[IO[bytes]]:
    """Yield a new file that gets its name, on the disk for good, when it is whole; never in another one's place."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.link(temporary, file)
    finally:
        os.unlink(temporary)
