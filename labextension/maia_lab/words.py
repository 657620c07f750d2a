"""How the words of a magic's line are read."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from maia_hub.core.errors import InvalidInput


def split(line: str) -> list[str]:
    """Return the words of a line as a shell would."""
    try:
        return shlex.split(line)
    except ValueError as e:
        raise InvalidInput(
            f"The quotes do not match ({e}).", given=line[:80], advice="Close every quotation mark."
        ) from e


def names(words: Sequence[str]) -> list[str]:
    """Return the names in words that may have commas in them, each once."""
    return list(dict.fromkeys(name for word in words for name in word.split(",") if name))
