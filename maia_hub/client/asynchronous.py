"""The async client: each call of the table as a method."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import TypeVar
from uuid import UUID

import httpx

from maia_hub.client import calls
from maia_hub.client import models as m
from maia_hub.client.calls import Call
from maia_hub.client.connection import DIRECT, Connection
from maia_hub.client.problems import error_of, foreign, unreachable
from maia_hub.client.stream import Parser, StreamEvent

T = TypeVar("T")


class AsyncClient:
    """The twin of `Client` for programs that run an event loop."""

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = 10) -> None:
        self._to = Connection.of(url, token)
        self._http = httpx.AsyncClient(
            headers=self._to.headers,
            timeout=timeout,
            follow_redirects=False,
            mounts=DIRECT,
            verify=self._to.verify,
        )

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
        """Make one call of the table; an error of the service is raised as its `MaiaError`."""
        try:
            response = await self._http.request(call.method, self._to.address(call), **self._to.content(call))
        except httpx.HTTPError as e:
            raise unreachable(self._to.url, e) from e
        if not response.is_success:
            raise error_of(response)
        try:
            return call.read(response.content)
        except ValueError as e:
            raise foreign(response) from e

    async def events(self) -> AsyncIterator[StreamEvent]:
        """Yield the events of the stream until it is closed; break to end it."""
        parser = Parser()
        try:
            async with self._http.stream("GET", self._to.stream, timeout=self._to.stream_timeout) as response:
                if not response.is_success:
                    await response.aread()
                    raise error_of(response)
                async for line in response.aiter_lines():
                    event = parser.feed(line)
                    if event is not None:
                        yield event
        except httpx.HTTPError as e:
            raise unreachable(self._to.url, e) from e

    async def me(self) -> m.Me:
        """Ask who I am."""
        return await self.send(calls.me())

    async def gpus(self) -> list[m.PoolModel]:
        """Ask which GPUs there are, by pool."""
        return await self.send(calls.gpus())

    async def calendar(self, start: datetime, end: datetime) -> m.CalendarModel:
        """Ask for everybody's bookings over [start, end)."""
        return await self.send(calls.calendar(start, end))

    async def bookings(
        self,
        *,
        mine: bool = True,
        start: datetime | None = None,
        end: datetime | None = None,
        state: Sequence[str] = (),
    ) -> list[m.BookingModel]:
        """Ask for bookings, by default my own of all states."""
        return await self.send(calls.bookings(mine=mine, start=start, end=end, state=state))

    async def booking(self, booking_id: UUID) -> m.BookingModel:
        """Ask for one booking."""
        return await self.send(calls.booking(booking_id))

    async def book(self, request: m.BookingRequest) -> m.BookingModel:
        """Book GPUs."""
        return await self.send(calls.book(request))

    async def check(self, request: m.BookingRequest, ignore: UUID | None = None) -> m.Verdict:
        """Ask whether a booking would be accepted."""
        return await self.send(calls.check(request, ignore))

    async def change(self, booking_id: UUID, request: m.BookingChange) -> m.BookingModel:
        """Move a booking, or change its length or note."""
        return await self.send(calls.change(booking_id, request))

    async def extend(self, booking_id: UUID, until: datetime) -> m.BookingModel:
        """Give a booking a later end."""
        return await self.send(calls.extend(booking_id, until))

    async def release(self, booking_id: UUID) -> m.BookingModel:
        """Give the GPUs of a running booking back now."""
        return await self.send(calls.release(booking_id))

    async def cancel(self, booking_id: UUID) -> m.BookingModel:
        """Cancel a booking that has not begun."""
        return await self.send(calls.cancel(booking_id))

    async def slots(
        self, pool: str, gpus: int, duration: float, after: datetime | None = None
    ) -> m.Slot | None:
        """Ask for the next free slot of ``duration`` seconds."""
        return await self.send(calls.slots(pool, gpus, duration, after))

    async def state(self) -> m.State:
        """Ask for all that the panels show."""
        return await self.send(calls.state())

    async def options(self, server: str = "") -> m.Options:
        """Ask what a server of mine could be started with now."""
        return await self.send(calls.options(server))

    async def switch(self, server: str, choice: str) -> None:
        """Restart a running server of mine with another choice."""
        return await self.send(calls.switch(server, choice))

    async def dismiss(self, notice: int) -> None:
        """Dismiss a notice."""
        return await self.send(calls.dismiss(notice))

    async def usage(self) -> m.Usage:
        """Ask how busy the GPUs of my servers are."""
        return await self.send(calls.usage())

    async def account(self, start: datetime | None = None, end: datetime | None = None) -> list[m.Account]:
        """Ask for the GPU-hours over a window."""
        return await self.send(calls.account(start, end))

    # ---- for the spawner alone

    async def spawner_options(self, user: str, server: str, project: str) -> m.Options:
        """Spawner: what could a server be started with now?"""
        return await self.send(calls.spawner_options(user, server, project))

    async def grant(self, request: m.GrantRequest) -> m.Grant | m.Wait:
        """Spawner: what does a server that starts now receive?"""
        return await self.send(calls.grant(request))

    async def grant_running(self, grant_id: UUID) -> None:
        """Spawner: the process of a grant runs."""
        return await self.send(calls.grant_running(grant_id))

    async def grant_ended(self, grant_id: UUID, report: m.GrantEnded) -> None:
        """Spawner: the process of a grant is gone."""
        return await self.send(calls.grant_ended(grant_id, report))

    async def stopping(self, user: str, server: str) -> m.Stopping:
        """Spawner: will this server be started again by the platform?"""
        return await self.send(calls.stopping(user, server))
