"""The sync client: each call of the table as a method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from maia_hub.client.stream import StreamEvent, parse

T = TypeVar("T")


class Client:
    """Calls the service as the owner of ``token``; both arguments default to the environment's.

    Every failure is a `MaiaError` fit to be shown to a user.
    """

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = 10) -> None:
        self._to = Connection.of(url, token)
        self._http = httpx.Client(
            headers=self._to.headers,
            timeout=timeout,
            follow_redirects=False,
            mounts=DIRECT,
            verify=self._to.verify,
        )

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
        try:
            response = self._http.request(call.method, self._to.address(call), **self._to.content(call))
        except httpx.HTTPError as e:
            raise unreachable(self._to.url, e) from e
        if not response.is_success:
            raise error_of(response)
        try:
            return call.read(response.content)
        except ValueError as e:
            raise foreign(response) from e

    def events(self) -> Iterator[StreamEvent]:
        """Yield the events of the stream until it is closed; break to end it."""
        try:
            with self._http.stream("GET", self._to.stream, timeout=self._to.stream_timeout) as response:
                if not response.is_success:
                    response.read()
                    raise error_of(response)
                yield from parse(response.iter_lines())
        except httpx.HTTPError as e:
            raise unreachable(self._to.url, e) from e

    def me(self) -> m.Me:
        """Ask who I am."""
        return self.send(calls.me())

    def gpus(self) -> list[m.PoolModel]:
        """Ask which GPUs there are, by pool."""
        return self.send(calls.gpus())

    def calendar(self, start: datetime, end: datetime) -> m.CalendarModel:
        """Ask for everybody's bookings over [start, end)."""
        return self.send(calls.calendar(start, end))

    def bookings(
        self,
        *,
        mine: bool = True,
        start: datetime | None = None,
        end: datetime | None = None,
        state: Sequence[str] = (),
    ) -> list[m.BookingModel]:
        """Ask for bookings, by default my own of all states."""
        return self.send(calls.bookings(mine=mine, start=start, end=end, state=state))

    def booking(self, booking_id: UUID) -> m.BookingModel:
        """Ask for one booking."""
        return self.send(calls.booking(booking_id))

    def book(self, request: m.BookingRequest) -> m.BookingModel:
        """Book GPUs."""
        return self.send(calls.book(request))

    def check(self, request: m.BookingRequest, ignore: UUID | None = None) -> m.Verdict:
        """Ask whether a booking would be accepted."""
        return self.send(calls.check(request, ignore))

    def change(self, booking_id: UUID, request: m.BookingChange) -> m.BookingModel:
        """Move a booking, or change its length or note."""
        return self.send(calls.change(booking_id, request))

    def extend(self, booking_id: UUID, until: datetime) -> m.BookingModel:
        """Give a booking a later end."""
        return self.send(calls.extend(booking_id, until))

    def release(self, booking_id: UUID) -> m.BookingModel:
        """Give the GPUs of a running booking back now."""
        return self.send(calls.release(booking_id))

    def cancel(self, booking_id: UUID) -> m.BookingModel:
        """Cancel a booking that has not begun."""
        return self.send(calls.cancel(booking_id))

    def slots(self, pool: str, gpus: int, duration: float, after: datetime | None = None) -> m.Slot | None:
        """Ask for the next free slot of ``duration`` seconds."""
        return self.send(calls.slots(pool, gpus, duration, after))

    def state(self) -> m.State:
        """Ask for all that the panels show."""
        return self.send(calls.state())

    def options(self, server: str = "") -> m.Options:
        """Ask what a server of mine could be started with now."""
        return self.send(calls.options(server))

    def switch(self, server: str, choice: str) -> None:
        """Restart a running server of mine with another choice."""
        return self.send(calls.switch(server, choice))

    def dismiss(self, notice: int) -> None:
        """Dismiss a notice."""
        return self.send(calls.dismiss(notice))

    def usage(self) -> m.Usage:
        """Ask how busy the GPUs of my servers are."""
        return self.send(calls.usage())

    def account(self, start: datetime | None = None, end: datetime | None = None) -> list[m.Account]:
        """Ask for the GPU-hours over a window."""
        return self.send(calls.account(start, end))

    # ---- for the spawner alone

    def spawner_options(self, user: str, server: str, project: str) -> m.Options:
        """Spawner: what could a server be started with now?"""
        return self.send(calls.spawner_options(user, server, project))

    def grant(self, request: m.GrantRequest) -> m.Grant | m.Wait:
        """Spawner: what does a server that starts now receive?"""
        return self.send(calls.grant(request))

    def grant_running(self, grant_id: UUID) -> None:
        """Spawner: the process of a grant runs."""
        return self.send(calls.grant_running(grant_id))

    def grant_ended(self, grant_id: UUID, report: m.GrantEnded) -> None:
        """Spawner: the process of a grant is gone."""
        return self.send(calls.grant_ended(grant_id, report))

    def stopping(self, user: str, server: str) -> m.Stopping:
        """Spawner: will this server be started again by the platform?"""
        return self.send(calls.stopping(user, server))
