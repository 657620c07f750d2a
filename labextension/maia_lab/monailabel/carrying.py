"""What passes between who asks and MONAI Label: headers, and a body as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping

Headers = list[tuple[str, str]]

_ASKED = frozenset(
    (
        "accept",
        "accept-encoding",
        "accept-language",
        "content-encoding",
        "content-length",
        "content-type",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "range",
        "user-agent",
    )
)
"""What MONAI Label may hear of a request; nothing by which the hub or Jupyter know anybody is among it."""
_ANSWERED = frozenset(
    (
        "accept-ranges",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "last-modified",
    )
)
SAFE: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
PAGE = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    "connect-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; media-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""The viewer is a pinned package: its own scripts, and nothing to anywhere else."""
DATA = "sandbox; default-src 'none'; frame-ancestors 'self'"
"""All else is data, whatever it says that it is."""


def announced(headers: Mapping[str, str]) -> bool:
    """Tell whether a request says that it has a body; MONAI Label's own client does so, and sends none."""
    return "Transfer-Encoding" in headers or headers.get("Content-Length", "0") != "0"


def asked(headers: Iterable[tuple[str, str]], signs_in: Mapping[str, str], *, body: bool) -> Headers:
    """Return what MONAI Label gets of a request's headers, and what signs the door in there.

    A request without a body says no length: MONAI Label's own client repeats that of the request before.
    """
    kept = [(name, value) for name, value in headers if name.lower() in _ASKED]
    if not body:
        kept = [(name, value) for name, value in kept if name.lower() != "content-length"]
    return [*kept, *signs_in.items()]


def answered(headers: Iterable[tuple[str, str]], *, page: bool) -> Headers:
    """Return what goes back; ``page`` is for files of the viewer."""
    kept = [(name, value) for name, value in headers if name.lower() in _ANSWERED]
    return [*kept, *SAFE, ("Content-Security-Policy", PAGE if page else DATA)]


class Body:
    """A request's body on its way: who sends waits for who reads."""

    _END = b""

    def __init__(self) -> None:
        self._parts: asyncio.Queue[bytes] = asyncio.Queue(maxsize=4)
        self._unread = True

    async def put(self, part: bytes) -> None:
        """Take a part; when nobody reads any more it is dropped."""
        if self._unread:
            await self._parts.put(part)

    async def end(self) -> None:
        """Say that it is whole."""
        await self.put(self._END)

    def drop(self) -> None:
        """Say that nobody reads it any more."""
        self._unread = False
        while not self._parts.empty():
            self._parts.get_nowait()

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield it."""
        while part := await self._parts.get():
            yield part
