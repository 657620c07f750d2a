"""Why an app cannot be served, by the file and the line in it: what its author needs, and nothing of ours."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path

_LONGEST = 400  # characters of what an error says
_UNREACHABLE = {"URLError", "HTTPError", "ConnectionError", "ContentTooShortError", "gaierror", "timeout"}


def told(error: BaseException, app: Path) -> dict[str, object]:
    """Return an error as JSON: ``says``, ``file`` and ``line`` where it is the app's, and whether a network lacked."""
    file, line = _where(error, app)
    kinds = {kind.__name__ for each in _chain(error) for kind in type(each).__mro__}
    says = f"it ended itself with {error.code}" if isinstance(error, SystemExit) else _words(error)
    return {
        "says": says[:_LONGEST],
        "kind": type(error).__name__,
        "file": file,
        "line": line,
        "network": bool(kinds & _UNREACHABLE),
    }


def keep(refusal: dict[str, object], path: Path) -> None:
    """Write a refusal where it is looked for; who reads it sees all of it."""
    begun = path.with_name(f".{path.name}")
    begun.write_text(json.dumps(refusal), encoding="utf-8")
    os.replace(begun, path)


def _words(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _where(error: BaseException, app: Path) -> tuple[str | None, int | None]:
    """Return the last place in the app that the error came by."""
    if isinstance(error, SyntaxError) and error.filename and _below(error.filename, app):
        return error.filename, error.lineno
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _below(frame.filename, app):
            return frame.filename, frame.lineno
    return None, None


def _below(file: str, app: Path) -> bool:
    return Path(file).resolve().is_relative_to(app.resolve())
