"""Files that a person writes down what is hers in: YAML, and for nobody else's eyes where it holds a secret."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from maia_hub.core.errors import InvalidInput

_LARGEST = 1 << 16
M = TypeVar("M", bound=BaseModel)


def files(folder: Path) -> Iterator[Path]:
    """Yield those of a folder, by their names."""
    try:
        yield from sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except (FileNotFoundError, NotADirectoryError):
        return


def read(path: Path, model: type[M], secret: Callable[[M], bool], allowed: str) -> M:
    """Return what a file says; ``secret`` tells whether that is for nobody else.

    Raises:
        InvalidInput: it is none, or others may read what is secret in it; nothing of its text is told.
    """
    try:
        with path.open("rb") as file:
            state, text = os.fstat(file.fileno()), file.read(_LARGEST)
        found = yaml.safe_load(text)
        written = model.model_validate(found if isinstance(found, dict) else {})
    except OSError as e:
        raise InvalidInput(f"{path} cannot be read: {e.strerror}.") from None
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InvalidInput(f"{path}{line}: that is not YAML.") from None
    except ValidationError as e:
        raise InvalidInput(f"{path}: {_fault(e)}.", allowed=allowed) from None
    if secret(written) and (stat.S_IMODE(state.st_mode) & 0o077 or state.st_uid != os.geteuid()):
        raise InvalidInput(
            f"{path} holds a password or token, and others than you may read it.",
            advice=f"chmod 600 {path}",
        )
    return written


def _fault(error: ValidationError) -> str:
    (first, *_) = error.errors(include_input=False, include_context=False, include_url=False)
    where = ".".join(map(str, first["loc"]))
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
