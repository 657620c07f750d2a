"""The broker as its clients see it: started when the first one needs it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from maia_hub.core.errors import InvalidInput, MaiaError
from maia_hub.hpc import transport
from maia_hub.hpc.broker.messages import (
    Answer,
    Ask,
    Call,
    Cancel,
    Failure,
    Feed,
    Message,
    Progress,
    Result,
    Wire,
    data,
    error,
    text,
)
from maia_hub.hpc.broker.place import UnsafeFolder
from maia_hub.hpc.broker.reach import reach
from maia_hub.hpc.ssh.questions import Prompter
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transfer import progress
from maia_hub.hpc.transport import DEFAULT_TIMEOUT, Completed, ConnectionLost, FileStat

_CLASSES: tuple[type[MaiaError], ...] = (
    transport.ConnectionLost,
    transport.SignInAgain,
    transport.TimedOut,
    transport.NoSuchFile,
    transport.FileDenied,
    transport.NoSpace,
    transport.TransportError,
    transport.HostKeyChanged,
    transport.Changed,
    UnsafeFolder,
    InvalidInput,
)
Told = Callable[[Mapping[str, Any]], None]


class BrokerClient:
    """A conversation with the broker; any number of calls at once is fine."""

    def __init__(self, ask: Prompter | None = None) -> None:
        self._ask = ask
        self._wire: Wire | None = None
        self._listening: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._told: dict[int, Told] = {}
        self._asked: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._opening = asyncio.Lock()

    def system(self, target: Target, *, files_only: bool = False) -> BrokerTransport:
        """Return the connection to a target, with ``files_only`` to one where no command can be run."""
        return BrokerTransport(self, target, files_only=files_only)

    async def call(
        self,
        method: str,
        target: Target | None = None,
        told: Told | None = None,
        feed: asyncio.Queue[Feed] | None = None,
        **arguments: Any,
    ) -> Any:
        """Have the broker do something; with somebody to ask, it may sign in for it; it gets what is in ``feed``."""
        wire = await self._open()
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        if told:
            self._told[number] = told
        asks = self._ask is not None and target is not None and method != "close"
        try:
            await wire.send(Call(number, method, target, arguments, asks))
            feeding = asyncio.create_task(_fed(wire, number, feed)) if feed else None
            try:
                return await waiting
            finally:
                if feeding:
                    feeding.cancel()
                    await asyncio.gather(feeding, return_exceptions=True)
        except asyncio.CancelledError:
            with suppress(OSError):
                await wire.send(Cancel(number))
            raise
        except OSError as e:
            raise _gone(started=True) from e
        finally:
            self._waiting.pop(number, None)
            self._told.pop(number, None)

    async def states(self) -> Mapping[str, str]:
        """Return how the connections are that the broker has had to do with."""
        found: Mapping[str, str] = await self.call("states")
        return found

    async def stop(self) -> None:
        """End the broker, and all connections with it."""
        await self.call("stop")

    async def close(self) -> None:
        """End the conversation; the broker and its connections stay."""
        if self._listening and self._wire:
            self._listening.cancel()
            await asyncio.gather(self._listening, *self._asked, return_exceptions=True)
            self._wire.close()
            await self._wire.closed()
        self._wire = self._listening = None

    async def _open(self) -> Wire:
        async with self._opening:
            if self._wire is None or self._listening is None or self._listening.done():
                await self.close()
                self._wire = await reach()
                self._listening = asyncio.create_task(self._listen(self._wire))
            return self._wire

    async def _listen(self, wire: Wire) -> None:
        try:
            while (message := await wire.receive()) is not None:
                self._take(wire, message)
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(_gone(started=True))

    def _take(self, wire: Wire, message: Message) -> None:
        if isinstance(message, Ask):
            task = asyncio.create_task(self._answer(wire, message))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)
        elif isinstance(message, Progress) and message.number in self._told:
            self._told[message.number](message.state)
        elif isinstance(message, (Result, Failure)) and message.number in self._waiting:
            waiting = self._waiting[message.number]
            if waiting.done():
                return
            if isinstance(message, Result):
                waiting.set_result(message.value)
            else:
                waiting.set_exception(error(message, _CLASSES))

    async def _answer(self, wire: Wire, message: Ask) -> None:
        given = None
        try:
            given = await self._ask(message.question) if self._ask else None
        finally:
            with suppress(OSError):
                await wire.send(Answer(message.number, given))


class BrokerTransport:
    """A system's connection by way of the broker; implements `maia_hub.hpc.transport.Transport`."""

    def __init__(self, client: BrokerClient, target: Target, *, files_only: bool = False) -> None:
        self._client = client
        self.target = target
        self._files_only = files_only

    async def sign_in(self) -> None:
        """Open the connection now, asking the person if there is one."""
        await self._client.call("sign_in", self.target)

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run a program; see `Transport`."""
        done = await self._client.call(
            "run",
            self.target,
            argv=[data(word) for word in argv],
            stdin=stdin,
            env={name: data(value) for name, value in (env or {}).items()},
            cwd=None if cwd is None else data(cwd),
            timeout=timeout,
        )
        return Completed(**done)

    async def read(self, path: str, *, offset: int = 0, limit: int | None = None) -> bytes:
        """Return a part of a file; see `Transport`."""
        found: bytes = await self._client.call(
            "read", self.target, path=data(path), offset=offset, limit=limit
        )
        return found

    async def write(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """Write a small file in one step; see `Transport`."""
        await self._client.call("write", self.target, path=_bytes(path), data=data, mode=mode)

    async def rename(self, old: str, new: str) -> None:
        """Give a file another name; see `Transport`."""
        await self._client.call("rename", self.target, old=data(old), new=data(new))

    async def remove(self, path: str) -> None:
        """Remove a file; see `Transport`."""
        await self._client.call("remove", self.target, path=data(path))

    async def mkdir(self, path: str, *, mode: int = 0o700) -> None:
        """Make a folder and those above it; see `Transport`."""
        await self._client.call("mkdir", self.target, path=data(path), mode=mode)

    async def stat(self, path: str, *, follow: bool = True) -> FileStat:
        """Return what is known of a file; see `Transport`."""
        return FileStat(**await self._client.call("stat", self.target, path=data(path), follow=follow))

    async def list(self, path: str) -> Mapping[str, FileStat]:
        """Return what is in a folder; see `Transport`."""
        found = await self._client.call("list", self.target, path=data(path))
        return {text(name): FileStat(**known) for name, known in found}

    async def send(
        self,
        local: Path,
        remote: str,
        *,
        ignore: Sequence[str] = (),
        told: Callable[[progress.Progress], None] | None = None,
    ) -> progress.Summary:
        """Make a folder there like a local one; see `maia_hub.hpc.transfer.send`."""
        done = await self._client.call(
            "send",
            self.target,
            _progress(told),
            local=data(str(local.absolute())),
            remote=data(remote),
            ignore=[data(each) for each in ignore],
            files_only=self._files_only,
        )
        return progress.Summary(**done)

    async def fetch(
        self,
        remote: str,
        local: Path,
        patterns: Sequence[str] = ("*",),
        *,
        told: Callable[[progress.Progress], None] | None = None,
    ) -> progress.Summary:
        """Fetch what matches one of the patterns; see `maia_hub.hpc.transfer.fetch`."""
        done = await self._client.call(
            "fetch",
            self.target,
            _progress(told),
            local=data(str(local.absolute())),
            remote=data(remote),
            patterns=[data(each) for each in patterns],
            files_only=self._files_only,
        )
        return progress.Summary(**done)

    async def close(self) -> None:
        """Let go of it; the broker keeps the connection for others."""


async def sign_out(client: BrokerClient, target: Target) -> None:
    """Close a system's connection for everybody."""
    await client.call("close", target)


async def _fed(wire: Wire, number: int, feed: asyncio.Queue[Feed]) -> None:
    while True:
        await wire.send(msgspec.structs.replace(await feed.get(), number=number))


def _progress(told: Callable[[progress.Progress], None] | None) -> Told | None:
    return (lambda state: told(progress.Progress(**state))) if told else None


def _gone(*, started: bool) -> ConnectionLost:
    return ConnectionLost(
        "the process that holds the connections ended",
        started=started,
        advice="try again: it starts by itself",
    )


_bytes = data
