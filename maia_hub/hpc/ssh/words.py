"""Commands as one text for a shell at the other end, in which every word is data."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from maia_hub.core.errors import InvalidInput

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def command(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, timeout: float | None = None
) -> str:
    """Return the text that runs a program with these arguments, in place of the shell that reads it.

    With ``timeout`` the other end ends it, should nobody here be there to do so.
    """
    for name in env or {}:
        if not _NAME.fullmatch(name):
            raise InvalidInput("a variable of the environment has a letter or _ first", given=name)
    if not argv or any("\0" in word for word in (*argv, *(env or {}).values())):
        raise InvalidInput("a command is at least a program, and no word of it holds a NUL")
    exports = "".join(f"export {name}={quoted(value)}; " for name, value in (env or {}).items())
    limit = f"timeout -k 5 {timeout:.3f} " if timeout is not None else ""
    return f"{exports}exec {limit}{' '.join(map(quoted, argv))}"


def quoted(word: str) -> str:
    """Return a word that a shell takes as it is; bytes that are no UTF-8 come as Python has them in file names."""
    return shlex.quote(word)


def path(name: str) -> str:
    """Return a path that no program takes for an option."""
    return name if name.startswith("/") else f"./{name}"


def encoded(text: str) -> bytes:
    """Return a text as the bytes it goes as."""
    return text.encode(errors="surrogateescape")
