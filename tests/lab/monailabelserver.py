"""A MONAI Label for tests: a small server of its own behind a guard's word, with no model in it.

The real one takes an environment of 7 GB; the tests of the long run ask it through the same door.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from maia_hub.core.errors import NotFound
from maia_lab.monailabel.guests import Guests, Tell
from maia_lab.monailabel.serving import SERVING, Address, Serving

SECRET = "the-guards-word"


class Stand:
    """What it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = ""
        self.cut = False

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Return methods and paths."""
        return [(method, path) for method, path, _, _ in self.asked]


def _handler(stand: Stand) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length) if length else self._chunks()
            stand.asked.append((self.command, self.path, dict(self.headers), body))
            said = f'{{"path": "{self.path}", "bytes": {len(body)}}}'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Set-Cookie", "tool=1; Path=/")
            self.send_header("Content-Length", str(len(said) + stand.cut))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said)
            self.close_connection = stand.cut

        def _chunks(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return b""
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - as the library calls them

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def monai_label() -> Iterator[Stand]:
    """Run one for a while."""
    stand = Stand()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand))
    stand.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def door_to(stand: Stand, app: Any, loop: Any, tell: Tell | None = None) -> Iterator[str]:
    """Let a Jupyter server lead to one that is called spleen; give the address of its door.

    ``tell`` hears the words for guests.
    """

    def find(name: str) -> Address:
        if name != "spleen":
            raise NotFound("There is no MONAI Label of that name.", given=name)
        return Address(stand.url, SECRET)

    serving = Serving(find)
    if tell is not None:
        serving.guests = Guests(find, tell)
    app.web_app.settings[SERVING] = serving
    yield f"http://127.0.0.1:{app.port}{app.base_url}maia/monailabel/spleen"
    loop.run_until_complete(serving.http.aclose())
