"""Objects into files, which have their name only when they are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydicom import Dataset

from maia_hub.core.errors import Conflict, Unavailable


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a name beside the one that a file is to have; it gets that when all went well, and otherwise is gone."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def save(dataset: Dataset, path: Path | str) -> Path:
    """Write an object to a file."""
    with whole(Path(path)) as part:
        dataset.save_as(part, enforce_file_format=True)
    return Path(path)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder whose files come into the one that is named when all went well.

    Raises:
        Conflict: a file with such a name is there already.
        Unavailable: it cannot be written.
    """
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        _move(part, folder)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _move(part: Path, folder: Path) -> None:
    if not folder.exists():
        part.rename(folder)
        return
    names = sorted(path.name for path in part.iterdir())
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise Conflict(
            f"{folder} has {there[0]} already", advice="name another folder, or remove what is there"
        )
    for name in names:
        (part / name).rename(folder / name)
