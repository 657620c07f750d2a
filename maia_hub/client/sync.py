"""The sync client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TypeVar, cast

import httpx

from maia_hub.client.attempts import again, lost, pauses
from maia_hub.client.calls import Call
from maia_hub.client.connection import Connection
from maia_hub.client.methods import Methods
from maia_hub.client.problems import answered, error_of, following, reaching
from maia_hub.client.stream import StreamEvent, parse, pause_after
from maia_hub.core.errors import TooMany, Unavailable

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
        """Make one call of the table; an error of the service is raised as its `MaiaError`.

        A connection that breaks and a service that is away for a moment are not the last word: it is asked again. Of a
        list that comes in pages, all are fetched; `each` fetches them one by one.
        """
        if call.paged:
            return cast("T", list(self.each(cast("Call[list[Any]]", call))))
        return answered(call, self._answer(call))

    def each(self, call: Call[list[T]]) -> Iterator[T]:
        """Yield the items of a list; a page is fetched when it is come to."""
        page: Call[list[T]] | None = call
        while page is not None:
            response = self._answer(page)
            yield from answered(page, response)
            page = following(page, response)

    def _answer(self, call: Call[Any]) -> httpx.Response:
        request = self._to.request(call)
        with reaching(self._to.url):
            for pause in pauses(call.repeats):
                try:
                    response = self._http.request(**request)
                    wait = again(response, pause)
                    if wait is None:
                        break
                except httpx.TransportError as e:
                    if pause is None or not lost(e):
                        raise
                    wait = pause
                time.sleep(wait)
        return response

    def follow(self, after: str = "", *, patience: int = 10) -> Iterator[StreamEvent]:
        """Yield the events of the stream for ever, also over connections that break: no `Change` is missed or twice.

        ``after`` is the id of the last event that was seen, if any was. After ``patience`` attempts in a row that
        brought nothing the error is raised; one of the sign-in always is.
        """
        failures = 0
        while True:
            try:
                for event in self.events(after):
                    after, failures = event.id or after, 0
                    yield event
            except (Unavailable, TooMany):
                if failures >= patience:
                    raise
            time.sleep(pause_after(failures))
            failures += 1

    def events(self, after: str = "") -> Iterator[StreamEvent]:
        """Yield the events of the stream until it is closed; break to end it. See `follow` for ``after``."""
        with reaching(self._to.url), self._http.stream(**self._to.stream(after)) as response:
            if not response.is_success:
                response.read()
                raise error_of(response)
            yield from parse(response.iter_lines())
