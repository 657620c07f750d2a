"""The channels of one connection: at most eight at once, for sshd allows ten and others want some too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh

from maia_hub.hpc.ssh.sftp import Sessions
from maia_hub.hpc.ssh.shell import Shell, ShellDied

MOST = 8
_SHELLS = 3
_PATIENCE = 1.0
"""Seconds a command waits for the shell before another is opened: more than a login script is worth."""
_KEPT = 1
"""Shells kept open; the others were for when one hung."""


class Channels:
    """What is open on one connection."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        self.connection = connection
        self._slots = asyncio.Semaphore(MOST)
        self._idle: list[Shell] = []
        self._shells = 0
        self._changed = asyncio.Condition()
        self._sessions = Sessions(connection)
        self._files: asyncssh.SFTPClient | None = None
        self._files_lock = asyncio.Lock()
        self._residents: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a channel to be free, and hold it."""
        async with self._slots:
            yield

    @asynccontextmanager
    async def shell(self) -> AsyncIterator[Shell]:
        """Wait for a shell to be free, and hold it; a dead one is not used again."""
        shell = await self._take()
        try:
            yield shell
        finally:
            await self._give_back(shell)

    async def files(self) -> asyncssh.SFTPClient:
        """Return the sftp session for single files."""
        async with self._files_lock:
            if self._files is None:
                await self._slots.acquire()
                try:
                    self._files = await self._sessions.start()
                except BaseException:
                    self._slots.release()
                    raise
            return self._files

    @asynccontextmanager
    async def own_files(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """Open an sftp session of one's own for a while."""
        async with self.slot():
            session = await self._sessions.start()
            try:
                yield session
            finally:
                session.exit()

    async def resident(self, argv: str) -> asyncssh.SSHClientProcess[bytes]:
        """Start what stays; its channel is free for others when it has ended."""
        await self._slots.acquire()
        try:
            process = await self.connection.create_process(argv, encoding=None, request_pty=False)
        except BaseException:
            self._slots.release()
            raise
        self._watched(process)
        return process

    def _watched(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        task = asyncio.create_task(process.wait_closed())
        self._residents.add(task)
        task.add_done_callback(self._residents.discard)
        task.add_done_callback(lambda _: self._slots.release())

    async def _take(self) -> Shell:
        async with self._changed:
            if not self._idle and self._shells:
                await self._wait()
            if self._idle:
                return self._idle.pop()
            self._shells += 1
        try:
            return await self._open()
        except BaseException:
            async with self._changed:
                self._shells -= 1
                self._changed.notify_all()
            raise

    async def _open(self) -> Shell:
        await self._slots.acquire()
        try:
            return await Shell.open(self.connection)
        except BaseException as e:
            self._slots.release()
            if isinstance(e, (ShellDied, asyncio.TimeoutError)):  # nothing of what was asked has begun
                raise ShellDied(started=False) from e
            raise

    async def _wait(self) -> None:
        """Wait for an idle shell: for a moment while another may be opened, else as long as it takes."""
        while not self._idle and self._shells:
            patience = _PATIENCE if self._shells < _SHELLS else None
            try:
                await asyncio.wait_for(self._changed.wait(), patience)
            except asyncio.TimeoutError:
                if self._shells < _SHELLS:
                    return

    async def _give_back(self, shell: Shell) -> None:
        async with self._changed:
            if shell.dead or len(self._idle) >= _KEPT:
                shell.kill()
                self._shells -= 1
                self._slots.release()
            else:
                self._idle.append(shell)
            self._changed.notify_all()
