"""Labels that were submitted and that the image server does not have yet, kept on disk until it does.

A label has a folder of its own in the outbox, named by its place in the order and its UID, which is there with all that
is in it or not at all: it is written under another name, brought to the disk and renamed. Several processes may submit.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import logging
import os
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from maia_hub.core.errors import InvalidInput, NotFound, Unavailable
from maia_hub.core.files import held
from maia_hub.imaging.masks import Mask, read_mask
from maia_hub.monailabel.labels.submissions import SUBMISSION, Submission

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Image

MASK, WHAT, STATE = "mask.nii.gz", "submission.json", "state.json"
_ENTRY = re.compile(r"([0-9]{8})-([0-9.]{1,64})")
_GZIP = b"\x1f\x8b"
_PART, _DONE = ".part-", ".done-"
_LONGEST_WAIT = timedelta(minutes=5)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fate:
    """What became of a label so far: how often it was tried, why it is not there, when it is tried next.

    ``refused`` is whether it will not be tried again by itself, for it would be refused again.
    """

    tries: int = 0
    why: str = ""
    next: str = ""
    refused: bool = False


@dataclass(frozen=True)
class Kept:
    """A label in the outbox; ``images`` is a folder that has the series' files, if one was named."""

    folder: Path
    what: Submission
    images: str
    fate: Fate

    @property
    def mask(self) -> Path:
        """Its voxels."""
        return self.folder / MASK

    def due(self, now: datetime) -> bool:
        """Say whether it is to be tried now."""
        return not self.fate.refused and (not self.fate.next or datetime.fromisoformat(self.fate.next) <= now)


class Outbox:
    """A folder of labels on their way; nobody but its owner may read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unkept(error) from error

    def keep(
        self, what: Submission, mask: Mask | Nifti1Image | os.PathLike[str] | str, images: Path | None = None
    ) -> Kept:
        """Keep a label; when this returns it outlasts a kill and a power failure.

        Raises:
            InvalidInput: the mask cannot be read, is empty, or holds a number without a label.
            Unavailable: it cannot be written; nothing of it is left, and it may be submitted again.
        """
        packed, read = _packed(mask)
        _check(read, what)
        content = {
            MASK: packed,
            WHAT: json.dumps(
                {"submission": SUBMISSION.dump_python(what, mode="json"), "images": str(images or "")}
            ).encode(),
        }
        try:
            with self._ordering():
                return self._put(what, content)
        except OSError as error:
            raise _unkept(error) from error

    def kept(self) -> list[Kept]:
        """Return the labels that wait, in their order."""
        found = (_read(path) for path in sorted(self.folder.iterdir()) if _ENTRY.fullmatch(path.name))
        return [each for each in found if each is not None]

    def one(self, uid: str) -> Kept:
        """Return one that waits, by its UID.

        Raises:
            NotFound: it does not wait, or not any more.
        """
        for each in self.kept():
            if each.what.uid == uid:
                return each
        raise NotFound("No such label waits to be sent.", given=uid[:64])

    def failed(self, kept: Kept, why: str, now: datetime) -> Kept:
        """Note that it did not arrive, and when to try again: after 2 s, 4 s … 5 minutes."""
        tries = kept.fate.tries + 1
        wait = min(timedelta(seconds=2.0 ** min(tries, 16)), _LONGEST_WAIT)
        return self._note(kept, Fate(tries, why, (now + wait).isoformat()))

    def refused(self, kept: Kept, why: str) -> Kept:
        """Note that it will never arrive as it is: it stays, and others of its series go on."""
        return self._note(kept, Fate(kept.fate.tries + 1, why, refused=True))

    def again(self, uid: str) -> Kept:
        """Let one that waits or was refused be tried now."""
        kept = self.one(uid)
        return self._note(kept, replace(kept.fate, next="", refused=False))

    def remove(self, kept: Kept) -> None:
        """Let go of one: it arrived, or its author gives it up."""
        gone = self.folder / f"{_DONE}{kept.folder.name}"
        with suppress(FileNotFoundError):
            kept.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def sending(self) -> AbstractContextManager[bool]:
        """Be the one process that sends; False if another one is."""
        return held(self.folder / ".sending")

    @contextmanager
    def _ordering(self) -> Iterator[None]:
        """Be the one that adds; what one that was killed has left half is removed."""
        with (self.folder / ".ordering").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in [*self.folder.glob(f"{_PART}*"), *self.folder.glob(f"{_DONE}*")]:
                shutil.rmtree(left, ignore_errors=True)
            yield

    def _put(self, what: Submission, content: dict[str, bytes]) -> Kept:
        part = self.folder / f"{_PART}{what.uid}"
        try:
            part.mkdir(mode=0o700)
            for name, data in content.items():
                write(part / name, data)
            _to_disk(part)
            last = max(
                (int(found[1]) for each in os.listdir(self.folder) if (found := _ENTRY.fullmatch(each))),
                default=0,
            )
            final = self.folder / f"{last + 1:08}-{what.uid}"
            part.rename(final)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise
        _to_disk(self.folder)
        made = _read(final)
        assert made is not None
        return made

    def _note(self, kept: Kept, fate: Fate) -> Kept:
        """Write down its fate, if there is room: it is kept all the same."""
        part = kept.folder / f".{STATE}"
        with suppress(OSError):
            write(part, json.dumps(asdict(fate)).encode())
            part.replace(kept.folder / STATE)
        return replace(kept, fate=fate)


def write(path: Path, data: bytes) -> None:
    """Write a file for its owner alone, down to the disk."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _to_disk(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _check(mask: Mask, what: Submission) -> None:
    values = mask.values
    if not values:
        raise InvalidInput("The label is empty: nothing is marked in it.", advice="Draw something first.")
    missing = [each for each in values if each not in what.labels]
    if missing:
        raise InvalidInput(
            f"The label holds {', '.join(map(str, missing[:10]))}, which no name stands for.",
            allowed={number: label.name for number, label in what.labels.items()},
        )


def _packed(mask: Mask | Nifti1Image | os.PathLike[str] | str) -> tuple[bytes, Mask]:
    """Return a mask as a packed file, as it came if it came as one, and what is in it."""
    from nibabel.filebasedimages import ImageFileError  # noqa: PLC0415
    from nibabel.nifti1 import Nifti1Image  # noqa: PLC0415
    from nibabel.spatialimages import HeaderDataError  # noqa: PLC0415
    from nibabel.wrapstruct import WrapStructError  # noqa: PLC0415

    broken = (OSError, EOFError, ValueError, zlib.error, ImageFileError, HeaderDataError, WrapStructError)
    if not isinstance(mask, str | os.PathLike):
        read = read_mask(mask)
        return gzip.compress(read.to_nifti().to_bytes(), 1), read
    try:
        data = Path(mask).read_bytes()
        whole = gzip.decompress(data) if data[:2] == _GZIP else data
        read = read_mask(Nifti1Image.from_bytes(whole))
    except broken as error:
        raise InvalidInput(f"{Path(mask).name} cannot be read as NIfTI: {error}"[:300]) from error
    return data if whole is not data else gzip.compress(data, 1), read


def _read(folder: Path) -> Kept | None:
    """Return what is in an entry's folder; None if it has just been let go of, or cannot be read (any more)."""
    try:
        said = json.loads((folder / WHAT).read_bytes())
        return Kept(folder, SUBMISSION.validate_python(said["submission"]), said["images"], _fate(folder))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.error("a label that waits cannot be read: %s: %s", folder, str(error)[:300])
        return None


def _fate(folder: Path) -> Fate:
    try:
        return Fate(**json.loads((folder / STATE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return Fate()


def _unkept(error: OSError) -> Unavailable:
    return Unavailable(
        f"The label cannot be kept: {error.strerror or error}.",
        advice="It is still where it was drawn: make room, and submit it again.",
    )
