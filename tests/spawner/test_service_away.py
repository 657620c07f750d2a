"""Without the booking service's word there is no GPU: real sockets that hang, refuse, or answer nonsense."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from maia_hub.client.models import Grant
from maia_hub.core.sessionfile import SessionFile
from maia_spawner.local import MaiaLocalSpawner
from tests.ports import free_port


class Late(BaseHTTPRequestHandler):
    """A service that is back at the third request."""

    requests = 0

    def do_POST(self) -> None:
        Late.requests += 1
        self.send_response(204 if Late.requests == 3 else 503)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


class Nonsense(BaseHTTPRequestHandler):
    """A server that fails at everything."""

    def do_POST(self) -> None:
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b"<html>oops</html>")

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def failing(handler: type[BaseHTTPRequestHandler] = Nonsense) -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def hanging() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@contextmanager
def closed() -> Iterator[int]:
    yield free_port()


def spawner_of(port: int) -> MaiaLocalSpawner:
    return MaiaLocalSpawner(
        user=SimpleNamespace(name="alice"),
        service_url=f"http://127.0.0.1:{port}/services/maia",
        spawner_token="0123456789abcdef",
        service_timeout=0.5,
    )


def ask(port: int) -> Grant:
    spawner = spawner_of(port)
    spawner.user_options = {"maia_choice": "booked"}
    return asyncio.run(spawner.ask_for_grant())


@pytest.mark.parametrize("service", [failing, hanging, closed])
def test_a_service_that_is_not_there_gives_cpu_with_the_reason(
    service: Callable[[], AbstractContextManager[int]],
) -> None:
    with service() as port:
        grant = ask(port)
    assert (grant.kind, grant.gpus, grant.until) == ("cpu", [], None)
    assert "does not answer" in grant.reason


def test_a_cpu_grant_says_that_there_is_no_gpu() -> None:
    with closed() as port:
        grant = ask(port)
    session = SessionFile.from_json(grant.session)
    assert (session.kind, session.gpus, session.until, session.reason) == ("cpu", (), None, grant.reason)


def test_an_end_is_told_once_the_service_is_back() -> None:
    async def end(spawner: Any) -> None:
        spawner.grant = Grant(id=uuid4(), kind="cpu", reason="", since=datetime.now(timezone.utc))
        spawner.report_ended("failed")
        await asyncio.wait_for(asyncio.gather(*spawner._tasks), 20)

    with failing(Late) as port:
        asyncio.run(end(spawner_of(port)))
    assert Late.requests == 3
