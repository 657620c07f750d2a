"""The way to the service, and answers that are not its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from maia_hub.client import AsyncClient, Client
from maia_hub.core.errors import Unavailable
from tests.ports import free_port


class Page(BaseHTTPRequestHandler):
    """Answers everything with a page, as a wrong address does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>welcome</html>")

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def page() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_this_machine_is_not_asked_for_through_a_proxy(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Client(page, "token") as client, pytest.raises(Unavailable, match="not its own"):
        client.me()


def test_a_page_of_somebody_else_is_an_error_fit_for_a_user(page: str) -> None:
    async def ask() -> None:
        async with AsyncClient(page, "token") as client:
            await client.me()

    with pytest.raises(Unavailable, match="not its own") as caught:
        asyncio.run(ask())
    assert "welcome" in str(caught.value.given)
