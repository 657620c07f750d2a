"""The broker: takes calls from its user's clients, and does them over the connections it holds."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from maia_hub.core.errors import InvalidInput, MaiaError
from maia_hub.hpc.broker import place, terminal
from maia_hub.hpc.broker.calls import METHODS
from maia_hub.hpc.broker.messages import (
    VERSION,
    Answer,
    Ask,
    BadMessage,
    Call,
    Cancel,
    Feed,
    Hello,
    Progress,
    Result,
    Wire,
    failure,
)
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.questions import Question
from maia_hub.hpc.ssh.target import Target

log = logging.getLogger(__name__)
IDLE = 4 * 3600.0
"""Seconds without a client and without a call after which the broker ends, and with it its connections."""
_CREDENTIALS = struct.Struct("3i")


class Broker:
    """Owns the connections; ends after ``idle`` seconds without anybody."""

    def __init__(self, idle: float = IDLE) -> None:
        self._idle = idle
        self._links: dict[Target, Link] = {}
        self._clients: set[asyncio.Task[Any]] = set()
        self._done = asyncio.Event()
        self._last = 0.0

    async def serve(self) -> None:
        """Answer until there is nobody for long, or somebody stops it."""
        path = place.socket()
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._joined, path)
        finally:
            os.umask(before)
        watch = asyncio.create_task(self._watch())
        try:
            await self._done.wait()
        finally:
            watch.cancel()
            path.unlink(missing_ok=True)
            server.close()
            for task in list(self._clients):
                task.cancel()
            await asyncio.gather(*self._clients, return_exceptions=True)
            await asyncio.gather(*(link.close() for link in self._links.values()), return_exceptions=True)

    def stop(self) -> None:
        """End it."""
        self._done.set()

    def link(self, target: Target) -> Link:
        """Return the one connection to a target."""
        return self._links.setdefault(target, Link(target))

    @property
    def links(self) -> Mapping[Target, Link]:
        """All connections, open or not."""
        return self._links

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        while loop.time() - self._last < self._idle:
            if self._clients:
                self._last = loop.time()
            await asyncio.sleep(min(self._idle / 4, 30))
        self.stop()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        wire = Wire(reader, writer)
        try:
            if _peer(writer.get_extra_info("socket")) == os.getuid():
                await Conversation(self, wire).hold()
        except (BadMessage, ConnectionError) as e:
            log.warning("a client was sent away: %s", e)
        except asyncio.CancelledError:
            log.debug("ended with a client there")
        finally:
            wire.close()
            await wire.closed()
            self._clients.discard(task)


class Conversation:
    """One client: its calls run side by side, and end when it goes."""

    def __init__(self, broker: Broker, wire: Wire) -> None:
        self._broker = broker
        self._wire = wire
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._answers: dict[int, asyncio.Future[str | None]] = {}
        self._feeds: dict[int, asyncio.Queue[Feed]] = {}
        self._agent: str | None = None
        self._asking = asyncio.Lock()

    async def hold(self) -> None:
        """Answer until the client goes."""
        try:
            while (message := await self._wire.receive()) is not None:
                await self._take(message)
        finally:
            tasks = list(self._calls.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, message: object) -> None:
        if isinstance(message, Hello):
            self._agent = message.agent
            await self._wire.send(Hello(VERSION))
        elif isinstance(message, Call):
            if message.method == "terminal":
                self._feeds[message.number] = asyncio.Queue()
            self._calls[message.number] = asyncio.create_task(self._do(message))
        elif isinstance(message, Cancel) and message.number in self._calls:
            self._calls[message.number].cancel()
        elif isinstance(message, Feed) and message.number in self._feeds:
            await self._feeds[message.number].put(message)
        elif isinstance(message, Answer) and message.number in self._answers:
            waiting = self._answers.pop(message.number)
            if not waiting.done():
                waiting.set_result(message.text)

    async def _do(self, call: Call) -> None:
        try:
            value = await self._value(call)
            await self._wire.send(Result(call.number, value))
        except MaiaError as e:
            await self._wire.send(failure(call.number, e))
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception:
            log.exception("call %s failed", call.method)
            await self._wire.send(failure(call.number, MaiaError("the broker failed; its log says why")))
        finally:
            self._calls.pop(call.number, None)
            self._feeds.pop(call.number, None)

    async def _value(self, call: Call) -> Any:
        if call.method == "stop":
            self._broker.stop()
            return None
        if call.method == "states":
            return {str(target): link.state for target, link in self._broker.links.items()}
        feed = self._feeds.get(call.number)
        method = METHODS.get(call.method) or (functools.partial(terminal.hold, feed=feed) if feed else None)
        if method is None or call.target is None:
            raise InvalidInput("the broker has no such call", given=call.method, allowed=sorted(METHODS))
        link = self._broker.link(call.target)
        if call.asks:
            await link.sign_in(self._ask(call.number), agent=self._agent)
        return await method(link, call.arguments, self._told(call.number))

    def _ask(self, number: int) -> Callable[[Question], Awaitable[str | None]]:
        async def ask(question: Question) -> str | None:
            async with self._asking:  # a person answers one question at a time
                waiting: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
                self._answers[number] = waiting
                await self._wire.send(Ask(number, question))
                return await waiting

        return ask

    def _told(self, number: int) -> Callable[[Mapping[str, Any]], Awaitable[None]]:
        async def tell(state: Mapping[str, Any]) -> None:
            await self._wire.send(Progress(number, state))

        return tell


def _peer(connection: socket.socket) -> int:
    """Return who is at the other end of a socket of this machine."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:  # only the folder's rights guard it
        return os.getuid()
    data = connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(data)[1])
