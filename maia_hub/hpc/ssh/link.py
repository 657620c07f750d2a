"""A system's connection as the rest of the package sees it: opened when needed, opened again when lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import asyncssh
import tenacity

from maia_hub.hpc.ssh import remotefiles
from maia_hub.hpc.ssh.channels import Channels
from maia_hub.hpc.ssh.questions import Prompter, nobody
from maia_hub.hpc.ssh.shell import ShellDied, lost
from maia_hub.hpc.ssh.signin import SignedIn, sign_in, unreachable
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transport import DEFAULT_TIMEOUT, Completed, ConnectionLost, FileStat, SignInAgain

State = Literal["closed", "open", "lost", "sign-in-again"]
_ATTEMPTS = 5
_LONGEST = 8.0
"""Seconds between the last two of the attempts to open a lost connection again."""


class Link:
    """A connection to one target; implements `maia_hub.hpc.transport.Transport`.

    Whoever may ask a person calls `sign_in` first; everything else asks nobody. A connection that was lost is opened
    again by whoever needs it next, with growing pauses, unless a person was needed for it: then it says so at once,
    and tries nothing.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._signed_in: SignedIn | None = None
        self._channels: Channels | None = None
        self._opening = asyncio.Lock()
        self._needs_person: SignInAgain | None = None
        self._was_open = False
        self.remembered: dict[str, Any] = {}
        """What transfers left at the other end, by folder; a connection that is opened anew knows nothing."""
        self.traits: dict[str, Any] = {}
        """What was found out about the other end, as long as the connection lasts."""

    @property
    def state(self) -> State:
        """How the connection is."""
        if self._alive():
            return "open"
        if self._needs_person:
            return "sign-in-again"
        return "lost" if self._was_open else "closed"

    async def sign_in(self, ask: Prompter, *, agent: str | None = None) -> None:
        """Open the connection if it is not open, asking a person what only a person can answer."""
        async with self._opening:
            if not self._alive():
                await self._open(ask, agent)

    async def channels(self) -> Channels:
        """Return the open connection's channels; open it first if need be and nobody is needed for it."""
        async with self._opening:
            if not self._alive():
                if self._needs_person:
                    raise self._needs_person
                await self._reopen()
            assert self._channels is not None
            return self._channels

    async def close(self) -> None:
        """Close the connection; what runs on the other machine goes on there."""
        async with self._opening:
            self._was_open = False
            await self._drop()

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run a program in the connection's shell; see `Transport`."""
        channels = await self.channels()
        try:
            async with self._told(), channels.shell() as shell:
                return await shell.run(argv, stdin=stdin, env=env, cwd=cwd, timeout=timeout)
        except ShellDied as e:
            raise lost(e) from e

    @asynccontextmanager
    async def stream(
        self, argv: str, *, stdin: int = asyncssh.PIPE, stdout: int = asyncssh.PIPE
    ) -> AsyncIterator[asyncssh.SSHClientProcess[bytes]]:
        """Run a command in a channel of its own; its text is for a shell, see `words`.

        Its streams are open here, or those of the given descriptors, which are closed in the end.
        """
        channels = await self.channels()
        async with self._told(), channels.slot():
            process = await channels.connection.create_process(
                argv, encoding=None, request_pty=False, stdin=stdin, stdout=stdout
            )
            try:
                yield process
            finally:
                process.close()
                if stdout != asyncssh.PIPE:  # what is on its way into it is waited for
                    await process.wait_closed()

    async def resident(self, argv: str) -> asyncssh.SSHClientProcess[bytes]:
        """Run a command in a channel of its own that stays as long as the connection, or until it is closed."""
        channels = await self.channels()
        async with self._told(started=False):
            return await channels.resident(argv)

    @asynccontextmanager
    async def terminal(
        self, term: str, size: tuple[int, int]
    ) -> AsyncIterator[asyncssh.SSHClientProcess[bytes]]:
        """Open the user's login shell with a terminal of so many columns and rows, in a channel of its own."""
        channels = await self.channels()
        async with self._told(), channels.slot():
            process = await channels.connection.create_process(
                encoding=None, request_pty="force", term_type=term, term_size=size
            )
            try:
                yield process
            finally:
                process.close()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """Open an sftp session of one's own for a while."""
        channels = await self.channels()
        async with self._told(), channels.own_files() as session:
            yield session

    async def read(self, path: str, *, offset: int = 0, limit: int | None = None) -> bytes:
        """Return a part of a file; see `Transport`."""
        async with self._files(path) as files:
            return await remotefiles.read(files, path, offset, limit)

    async def write(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """Write a small file in one step; see `Transport`."""
        async with self._files(path, writing=True) as files:
            await remotefiles.write(files, path, data, mode)

    async def rename(self, old: str, new: str) -> None:
        """Give a file another name; see `Transport`."""
        async with self._files(old) as files:
            await files.posix_rename(remotefiles.name(old), remotefiles.name(new))

    async def remove(self, path: str) -> None:
        """Remove a file; see `Transport`."""
        async with self._files(path) as files:
            await files.remove(remotefiles.name(path))

    async def mkdir(self, path: str, *, mode: int = 0o700) -> None:
        """Make a folder and those above it; see `Transport`."""
        async with self._files(path) as files:
            await remotefiles.mkdir(files, path, mode)

    async def stat(self, path: str, *, follow: bool = True) -> FileStat:
        """Return what is known of a file; see `Transport`."""
        async with self._files(path) as files:
            asked = files.stat if follow else files.lstat
            return remotefiles.known(await asked(remotefiles.name(path)))

    async def list(self, path: str) -> Mapping[str, FileStat]:
        """Return what is in a folder; see `Transport`."""
        async with self._files(path) as files:
            return await remotefiles.listing(files, path)

    @asynccontextmanager
    async def _files(self, path: str, *, writing: bool = False) -> AsyncIterator[asyncssh.SFTPClient]:
        channels = await self.channels()
        async with self._told(started=writing):
            with remotefiles.told(path, writing=writing):
                yield await channels.files()

    @asynccontextmanager
    async def _told(self, *, started: bool = True) -> AsyncIterator[None]:
        """Turn the end of the connection into the error that everybody knows."""
        try:
            yield
        except (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost, asyncssh.DisconnectError) as e:
            raise ConnectionLost("the connection was lost", started=started, advice="try again") from e
        except (asyncssh.ChannelOpenError, OSError) as e:
            raise ConnectionLost("the connection gave no channel", started=False, advice="try again") from e

    def _alive(self) -> bool:
        return self._signed_in is not None and not self._signed_in.connection.is_closed()

    async def _reopen(self) -> None:
        attempts = _ATTEMPTS if self._was_open else 1
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(attempts),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=_LONGEST),
            retry=tenacity.retry_if_exception_type(ConnectionLost),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                await self._open(nobody, None)

    async def _open(self, ask: Prompter, agent: str | None) -> None:
        await self._drop()
        try:
            self._signed_in = await sign_in(self.target, ask, agent=agent)
        except SignInAgain as e:
            self._needs_person = e
            raise
        except (OSError, asyncssh.Error) as e:
            raise unreachable(self.target, e) from e
        self._channels = Channels(self._signed_in.connection)
        self.remembered.clear()
        self.traits.clear()
        self._was_open = True
        self._needs_person = None
        if self._signed_in.asked:
            self._needs_person = SignInAgain(
                f"the connection to {self.target} was lost, and opening it needs you", advice="sign in again"
            )

    async def _drop(self) -> None:
        signed_in, self._signed_in, self._channels = self._signed_in, None, None
        if signed_in:
            with suppress(OSError, asyncssh.Error):
                await signed_in.close()
