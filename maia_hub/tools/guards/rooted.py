"""Styles that name files from the root of a host, told where the tool itself is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_FROM_THE_ROOT = re.compile(rb"""url\((["']?)/(?!/)""")


def below(prefix: str, inner: _Application, ends: tuple[str, ...]) -> _Application:
    """Return an application whose styles, at paths with these ends, find their files below a path.

    What is answered there is held whole and not compressed: some hundred kilobytes.
    """
    put_before = prefix.encode()

    def outer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") != "GET" or not environ.get("PATH_INFO", "").endswith(ends):
            return inner(environ, start)
        told: list[Any] = []

        def listen(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
            told[:] = [status, headers]

        plain = {key: value for key, value in environ.items() if key != "HTTP_ACCEPT_ENCODING"}
        body = _whole(inner(plain, listen))
        status, headers = told
        if status.startswith("200"):
            body = _FROM_THE_ROOT.sub(rb"url(\1" + put_before + b"/", body)
            kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
            headers = [*kept, ("Content-Length", str(len(body)))]
        start(status, headers)
        return [body]

    return outer


def _whole(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
