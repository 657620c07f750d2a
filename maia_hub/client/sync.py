"""The sync client."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TypeVar

import httpx

from maia_hub.client.calls import Call
from maia_hub.client.connection import Connection
from maia_hub.client.methods import Methods
from maia_hub.client.problems import answered, error_of, reaching
from maia_hub.client.stream import StreamEvent, parse

T = TypeVar("T")


class Client(Methods):
    """Calls the service as the owner of ``token``; both arguments default to the environment's.

    Every failure is a `MaiaError` fit to be shown to a user.
    """

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = 10) -> None:
        self._to = Connection.of(url, token)
        self._http = httpx.Client(**self._to.options(timeout))

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """Make one call of the table; an error of the service is raised as its `MaiaError`."""
        with reaching(self._to.url):
            response = self._http.request(**self._to.request(call))
        return answered(call, response)

    def events(self) -> Iterator[StreamEvent]:
        """Yield the events of the stream until it is closed; break to end it."""
        with reaching(self._to.url), self._http.stream(**self._to.stream) as response:
            if not response.is_success:
                response.read()
                raise error_of(response)
            yield from parse(response.iter_lines())
