"""The OHIF of somebody's MONAI Label as others are shown it: its page made here, its programs held to their hashes.

Whose workspace it comes from may put anything in the place of its files. A page at the platform's own origin acts as
the person who looks at it, so nothing that runs, or styles, is taken from there unless it is known to the byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath

from maia_hub.core.errors import Forbidden
from maia_hub.monailabel import ohif

_HASHES = Path(__file__).with_name("ohif.sha256")
"""Of all files of the OHIF in MONAI Label 0.8.5 that run or style, as `ohif.rewrite` leaves them."""
_RUNS = {".js", ".mjs", ".css", ".wasm", ".html"}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>OHIF Viewer</title><link rel="stylesheet" href="{viewer}app.bundle.css">
<script defer src="{viewer}app-config.js"></script><script defer src="{viewer}{program}"></script></head>
<body><noscript>You need to enable JavaScript to run this app.</noscript>
<div id="react-portal"></div><div id="root"></div></body></html>
"""


def made(base: str, images: str) -> Mapping[str, str]:
    """Return the files that name addresses, as `ohif.page` does, with nothing from a workspace in them."""
    viewer = f"{base}/ohif/"
    program = next(name for name in ohif.PINNED if name.startswith("app.bundle.") and name.endswith(".js"))
    page = _PAGE.format(viewer=viewer, program=program)
    return {"index.html": page, "app-config.js": ohif.start(viewer, base, images)}


def called(path: str) -> str:
    """Return the file that a path below the viewer's means; one that names none is a page of the viewer's."""
    return path if "." in PurePosixPath(path).name else "index.html"


def runs(name: str) -> bool:
    """Tell whether a browser runs a file, or lets it say how a page looks."""
    return PurePosixPath(name).suffix.lower() in _RUNS


def check(name: str, content: bytes) -> None:
    """Raise `Forbidden` for a file that runs and is not the one that is known."""
    if runs(name) and _known().get(name) != hashlib.sha256(content).hexdigest():
        raise Forbidden(
            "This file of the viewer is not the one that is known, so it is not shown.",
            given=name[:200],
            advice="Tell whose MONAI Label it is: its environment is to be made anew.",
        )


@cache
def _known() -> Mapping[str, str]:
    pairs = (line.split("  ", 1) for line in _HASHES.read_text(encoding="utf-8").splitlines())
    return {name: value for value, name in pairs}
