"""Objects into files, which have their name only when they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydicom import Dataset

from maia_hub.core.errors import Unavailable


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
