"""The files of a model's versions: kept whole, and one of them put where MONAI Label takes its weights from."""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from maia_hub.core.errors import NotFound, Unavailable
from maia_hub.monailabel.learning.events import Learning, Version
from maia_hub.monailabel.learning.place import Place


@dataclass(frozen=True)
class Prepared:
    """A copy beside the file that is used, which it replaces at once; ``copy`` is None where none is to be used."""

    copy: Path | None
    target: Path

    def use(self) -> None:
        """Put it in place; this needs no room."""
        if self.copy is None:
            self.target.unlink(missing_ok=True)
        else:
            self.copy.replace(self.target)

    def drop(self) -> None:
        """Leave all as it is."""
        if self.copy is not None:
            self.copy.unlink(missing_ok=True)


def keep(made: Path, place: Place, training: str) -> Path:
    """Keep the model that a training made, and return where; once it is there it is not moved again.

    Raises:
        NotFound: the training made none.
    """
    kept = place.version(training)
    if kept.exists():
        return kept
    if not made.is_file():
        raise NotFound("The training made no model.", given=str(made))
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made.replace(kept)
    return kept


def prepare(place: Place, model: str, version: Version | None, target: Path, state: Learning) -> Prepared:
    """Copy a version, or the model as it came, to beside the file that is used; how it came is kept first.

    Raises:
        NotFound: the version's file is gone.
        Unavailable: it cannot be copied, such as onto a full disk.
    """
    base = place.base(model)
    try:
        if state.promoted(model) is None and target.exists() and not base.exists():
            base.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copied(target, base.parent).replace(base)
        source = base if version is None else Path(version.artifact)
        if version is not None and not source.exists():
            raise NotFound("The file of this version is gone.", given=str(source))
        return Prepared(_copied(source, target.parent) if source.exists() else None, target)
    except OSError as e:
        raise Unavailable(
            f"The model cannot be copied: {e.strerror}.",
            given=str(target),
            advice="Make room on the disk, and try again.",
        ) from e


def settle(place: Place, model: str, target: Path, state: Learning) -> bool:
    """Put in place what is to be used, if something else is there; tell whether something was."""
    if state.promoted(model) is None:
        return False
    used = state.used(model)
    source = place.base(model) if used is None else Path(used.artifact)
    if source.exists() == target.exists() and (not source.exists() or filecmp.cmp(source, target, False)):
        return False
    prepare(place, model, used, target, state).use()
    return True


def _copied(source: Path, folder: Path) -> Path:
    """Return a copy in a folder, whole and on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".maia-", suffix=".pt")
    try:
        with os.fdopen(handle, "wb") as copy, source.open("rb") as original:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)
