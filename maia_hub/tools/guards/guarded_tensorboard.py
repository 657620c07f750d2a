"""TensorBoard as its own command starts it, behind a word that only the door knows (``MAIA_GUARD``)."""

from __future__ import annotations

import hmac
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from absl import app
from rooted import below  # type: ignore[import-not-found]
from tensorboard import default, program

_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(inner: _Application, secret: str) -> _Application:
    """Return an application that answers nobody who does not show the secret."""
    wanted = f"Bearer {secret}"

    def outer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode(), wanted.encode()):
            return inner(environ, start)
        start("401 Unauthorized", [("Content-Type", "text/plain")])
        return [b"Only by the door to the project's tools."]

    return outer


class Server(program.WerkzeugServer):  # type: ignore[misc]
    """The server that TensorBoard brings, guarded."""

    def __init__(self, application: _Application, flags: Any) -> None:
        page = below(flags.path_prefix, application, ("/", "/index.html"))
        super().__init__(guarded(page, os.environ.pop("MAIA_GUARD")), flags)


if __name__ == "__main__":
    board = program.TensorBoard(plugins=default.get_plugins(), server_class=Server)
    sys.exit(app.run(board.main, flags_parser=board.configure))
