"""Files that a browser sends: kept in a private folder until they are in the archive, and no longer."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from maia_hub.core.errors import InvalidInput, NotFound

_OLD = 24 * 3600.0
"""Seconds after which what is left of a server that was killed is taken away."""
_LONGEST = 200


@dataclass
class Upload:
    """What one drop brings: a folder that fills."""

    id: str
    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    """What each file of the folder is called where it comes from."""

    def place(self, name: str) -> Path:
        """Return where a file may be written, whatever it is called; its ending is kept.

        Raises:
            InvalidInput: it has no name.
        """
        told = PurePosixPath(name.replace("\\", "/").replace("\0", "")).as_posix()[-_LONGEST:].strip("/")
        if not told or told == ".":
            raise InvalidInput("A file needs a name.")
        ending = re.sub(r"[^.a-z0-9]", "", PurePosixPath(told).suffix.lower())[:12]
        own = f"{len(self.names):06d}{ending}"
        self.names[own] = told
        return self.folder / own

    @property
    def files(self) -> list[Path]:
        """The files that are whole."""
        return sorted(each for each in self.folder.iterdir() if not each.name.startswith("."))

    def called(self, path: str) -> str:
        """Return what a file of the folder, or one in an archive of it, is called where it comes from."""
        own, slash, inner = path.removeprefix(f"{self.folder}/").partition("/")
        return f"{self.names.get(own, own)}{slash}{inner}"


class Spool:
    """All uploads of one server."""

    def __init__(self) -> None:
        self._uploads: dict[str, Upload] = {}

    def begin(self) -> Upload:
        """Make a place for files that are to come."""
        upload = Upload(secrets.token_hex(8), Path(tempfile.mkdtemp(prefix="upload-", dir=_place())))
        self._uploads[upload.id] = upload
        return upload

    def get(self, number: str) -> Upload:
        """Return an upload; NotFound if it is over."""
        if number not in self._uploads:
            raise NotFound("There is no such upload any more.", advice="Drop the files once more.")
        return self._uploads[number]

    def end(self, number: str) -> None:
        """Forget an upload with all its files."""
        upload = self._uploads.pop(number, None)
        if upload:
            shutil.rmtree(upload.folder, ignore_errors=True)

    def close(self) -> None:
        """Forget all."""
        for number in list(self._uploads):
            self.end(number)


@contextmanager
def workroom() -> Iterator[Path]:
    """Yield a private folder for a while; what is in it then is gone."""
    with tempfile.TemporaryDirectory(prefix="work-", dir=_place(), ignore_cleanup_errors=True) as name:
        yield Path(name)


def _place() -> Path:
    """Return the folder that they lie in, after taking away what nobody has touched for long."""
    place = Path.home() / ".cache" / "maia" / "images"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.chmod(0o700)
    for each in place.iterdir():
        if time.time() - each.stat().st_mtime > _OLD:
            shutil.rmtree(each, ignore_errors=True)
    return place
