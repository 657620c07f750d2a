"""The next holder waits for a GPU that is being handed over, for a bounded time, and is told."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from maia_hub.client.models import Grant, GrantRequest, Wait
from maia_spawner.local import MaiaLocalSpawner

MESSAGE = "Your GPU is being handed over to you."


class Desk(BaseHTTPRequestHandler):
    """Hands a GPU over after ``waits`` questions; gives CPU to whoever asks for it."""

    waits = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = GrantRequest.model_validate_json(body)
        now = datetime.now(timezone.utc)
        type(self).waits -= 1
        if request.choice == "cpu":
            self._answer(200, Grant(id=uuid4(), kind="cpu", reason="You chose CPU.", since=now))
        elif type(self).waits >= 0:
            self._answer(202, Wait(message=MESSAGE, retry_after=0.05))
        else:
            self._answer(200, Grant(id=uuid4(), kind="booked", reason="Your booking.", since=now))

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content.model_dump(mode="json")).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def desk(waits: int) -> Iterator[int]:
    handler = type("Desk", (Desk,), {"waits": waits})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(port: int, patience: float) -> MaiaLocalSpawner:
    spawner = MaiaLocalSpawner(
        user=SimpleNamespace(name="alice"),
        service_url=f"http://127.0.0.1:{port}/services/maia",
        spawner_token="0123456789abcdef",
        handover_timeout=patience,
    )
    spawner.user_options = {"maia_choice": "booked"}
    asyncio.run(spawner.ask_for_grant())
    return spawner


def test_a_start_waits_for_the_gpu_and_says_so_once() -> None:
    with desk(waits=3) as port:
        spawner = ask(port, patience=30)
    assert spawner.grant is not None
    assert spawner.grant.kind == "booked"
    assert spawner.messages == ["Asking what you may have now…", MESSAGE, "Your booking."]


def test_a_gpu_that_does_not_come_ends_the_wait_on_cpu_with_the_reason() -> None:
    with desk(waits=9999) as port:
        spawner = ask(port, patience=0.3)
    assert spawner.grant is not None
    assert spawner.grant.kind == "cpu"
    assert "not handed over in time" in spawner.grant.reason
