"""A connection that breaks when all is done: the client asks again, and nothing is done twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from maia_hub.client import AsyncClient, Client
from maia_hub.core.errors import Overbooked, Unavailable
from tests.service.conftest import Running, ask


class Wire:
    """Between client and service: hands requests on, and loses the first of the answers."""

    def __init__(self, service: Running, losing: int) -> None:
        self._to = ("127.0.0.1", service.hub.service_port)
        self.left = losing
        self.asked = 0
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listens.getsockname()[1]}/services/maia"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._listens.shutdown(socket.SHUT_RDWR)
        self._listens.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                taken, _ = self._listens.accept()
                with taken:
                    self._hand_on(taken)

    def _hand_on(self, taken: socket.socket) -> None:
        self.asked += 1
        with socket.create_connection(self._to) as service:
            service.sendall(_whole(taken).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            answer = b"".join(iter(lambda: service.recv(65536), b""))
        self.left -= 1
        if self.left < 0:
            taken.sendall(answer)


def _whole(taken: socket.socket) -> bytes:
    """Read one request with its body."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += taken.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-l")
    ]
    while len(body) < sum(lengths):
        body += taken.recv(65536)
    return head.replace(b"Connection: keep-alive\r\n", b"") + b"\r\n\r\n" + body


@contextmanager
def losing(service: Running, answers: int) -> Iterator[Wire]:
    """Put a wire in between."""
    wire = Wire(service, answers)
    try:
        yield wire
    finally:
        wire.close()


def test_a_booking_whose_answer_was_lost_is_made_once(service: Running) -> None:
    with losing(service, 2) as wire, Client(wire.url, service.token("alice")) as alice:
        booked = alice.book(ask(service))
        assert wire.asked == 3
    assert [b.id for b in service.client("alice").bookings()] == [booked.id]


@pytest.mark.asyncio
async def test_so_does_the_async_client(service: Running) -> None:
    with losing(service, 1) as wire:
        async with AsyncClient(wire.url, service.token("alice")) as alice:
            booked = await alice.book(ask(service))
        assert wire.asked == 2
    assert [b.id for b in service.client("alice").bookings()] == [booked.id]


def test_when_no_answer_ever_comes_that_is_said(service: Running) -> None:
    with losing(service, 9) as wire, Client(wire.url, service.token("alice")) as alice:
        with pytest.raises(Unavailable):
            alice.book(ask(service))
        assert wire.asked == 3
    assert len(service.client("alice").bookings()) == 1


def test_a_refusal_is_the_last_word(service: Running) -> None:
    service.client("bob").book(ask(service, gpus=2))
    with losing(service, 0) as wire, Client(wire.url, service.token("alice")) as alice:
        with pytest.raises(Overbooked):
            alice.book(ask(service))
        assert wire.asked == 1
