"""The async client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, TypeVar, cast

import httpx

from maia_hub.client.attempts import again, lost, pauses
from maia_hub.client.calls import Call
from maia_hub.client.connection import Connection
from maia_hub.client.methods import Methods
from maia_hub.client.problems import answered, error_of, following, reaching
from maia_hub.client.stream import Parser, StreamEvent, pause_after
from maia_hub.core.errors import TooMany, Unavailable

T = TypeVar("T")


class AsyncClient(Methods):
    """The twin of `Client` for programs that run an event loop: the same calls, to be awaited."""

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = 10) -> None:
        self._to = Connection.of(url, token)
        self._http = httpx.AsyncClient(**self._to.options(timeout))

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """Make one call of the table; an error of the service is raised as its `MaiaError`.

        A connection that breaks and a service that is away for a moment are not the last word: it is asked again. Of a
        list that comes in pages, all are fetched; `each` fetches them one by one.
        """
        if call.paged:
            return cast("T", [one async for one in self.each(cast("Call[list[Any]]", call))])
        return answered(call, await self._answer(call))

    async def each(self, call: Call[list[T]]) -> AsyncIterator[T]:
        """Yield the items of a list; a page is fetched when it is come to."""
        page: Call[list[T]] | None = call
        while page is not None:
            response = await self._answer(page)
            for item in answered(page, response):
                yield item
            page = following(page, response)

    async def _answer(self, call: Call[Any]) -> httpx.Response:
        request = self._to.request(call)
        with reaching(self._to.url):
            for pause in pauses(call.repeats):
                try:
                    response = await self._http.request(**request)
                    wait = again(response, pause)
                    if wait is None:
                        break
                except httpx.TransportError as e:
                    if pause is None or not lost(e):
                        raise
                    wait = pause
                await asyncio.sleep(wait)
        return response

    async def follow(self, after: str = "", *, patience: int = 10) -> AsyncIterator[StreamEvent]:
        """Yield the events of the stream for ever, as `Client.follow` does."""
        failures = 0
        while True:
            try:
                async for event in self.events(after):
                    after, failures = event.id or after, 0
                    yield event
            except (Unavailable, TooMany):
                if failures >= patience:
                    raise
            await asyncio.sleep(pause_after(failures))
            failures += 1

    async def events(self, after: str = "") -> AsyncIterator[StreamEvent]:
        """Yield the events of the stream until it is closed; break to end it."""
        parser = Parser()
        with reaching(self._to.url):
            async with self._http.stream(**self._to.stream(after)) as response:
                if not response.is_success:
                    await response.aread()
                    raise error_of(response)
                async for line in response.aiter_lines():
                    event = parser.feed(line)
                    if event is not None:
                        yield event
