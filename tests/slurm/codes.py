"""A login node that asks for codes.

What is real: the protocol, for this is asyncssh's own server; the commands, which a real shell runs; the files. What
is not: there is no PAM and no second user, all runs as whoever runs the tests, and a code is right because it is the
expected one, once, and not because of the time.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncssh
from asyncssh.auth import KbdIntChallenge


class Codes(asyncssh.SSHServer):
    """Asks every prompt of `asked`, in rounds of one, and lets in who gives the expected answers."""

    def __init__(self, node: CodeNode) -> None:
        self._node = node
        self._round = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Note it."""
        self._own = conn
        self._node.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._node.connections.discard(self._own)

    def begin_auth(self, username: str) -> bool:
        """Everybody has to show who they are."""
        return True

    def kbdint_auth_supported(self) -> bool:
        """This is the one way in."""
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> KbdIntChallenge:
        """Ask the first prompt."""
        self._round = 0
        return self._challenge()

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> KbdIntChallenge:
        """Ask the next one, or let in."""
        given = responses[0] if responses else ""
        self._node.answers.append(given)
        if given != self._node.asked[self._round][1] or given in self._node.spent:
            return False
        if self._round == len(self._node.asked) - 1:
            self._node.spent |= {given} if self._node.once else set()
            return True
        self._round += 1
        return self._challenge()

    def _challenge(self) -> KbdIntChallenge:
        return (
            "Two-factor sign-in",
            "Type the code of your device.",
            "",
            [(self._node.asked[self._round][0], False)],
        )


class Files(asyncssh.SFTPServer):
    """Files below a folder; links are told as they are, as OpenSSH does."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], node: CodeNode, root: bytes) -> None:
        super().__init__(channel, chroot=root)
        self._node = node

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write, unless the connection is cut now."""
        self._node.count(len(data))
        return super().write(file_obj, offset, data)  # type: ignore[return-value]

    def readlink(self, path: bytes) -> bytes:
        """Return where a link leads."""
        return os.readlink(self.map_path(path))

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """Make a link."""
        os.symlink(oldpath, self.map_path(newpath))


class CodeNode:
    """Such a node on the loopback; `asked` are prompts with the answers that are right, `once` spends the last one.

    With `files_in` it has no shell, and shows this folder as if it were all there is.
    """

    def __init__(self, *asked: tuple[str, str], once: bool = True, files_in: Path | None = None) -> None:
        self.asked = asked
        self.once = once
        self._files_in = files_in
        self.cut_after: int | None = None
        """Bytes that may still be written before all connections are cut; None: any number."""
        self.spent: set[str] = set()
        self.answers: list[str] = []
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self._server: asyncssh.SSHAcceptor | None = None

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncssh.create_server(
            lambda: Codes(self),
            "127.0.0.1",
            self.port,
            server_host_keys=[self.key],
            process_factory=None if self._files_in else _run,
            encoding=None,
            sftp_factory=self._files or True,
        )
        self.port = self._server.get_port()

    @property
    def _files(self) -> Callable[[asyncssh.SSHServerChannel[bytes]], asyncssh.SFTPServer] | None:
        if self._files_in is None:
            return None
        root = os.fsencode(self._files_in)
        return lambda channel: Files(channel, self, root)

    def count(self, size: int) -> None:
        """Count what is written."""
        if self.cut_after is None:
            return
        self.cut_after -= size
        if self.cut_after < 0:
            self.cut_after = None
            for each in list(self.connections):
                each.abort()

    async def close(self) -> None:
        """End it with all its connections."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        for connection in list(self.connections):
            connection.abort()
        while self.connections:
            await asyncio.sleep(0.01)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _run(process: asyncssh.SSHServerProcess[bytes]) -> None:
    # asyncssh begins these in `wait_closed` alone: of whoever was cut off before that they would never be awaited.
    process.add_cleanup_task = asyncio.ensure_future  # type: ignore[method-assign, assignment]
    command = ["sh", "-c", process.command] if process.command else ["sh"]
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await process.redirect(child.stdin, child.stdout, child.stderr)
        process.exit(await child.wait())
        await process.wait_closed()
    finally:
        if child.returncode is None:  # who had it run is gone
            child.kill()
            await child.wait()


@contextmanager
def asking(*asked: tuple[str, str], once: bool = True, files_in: Path | None = None) -> Iterator[CodeNode]:
    """Let such a node run in a thread of its own for a while."""
    node = CodeNode(*asked, once=once, files_in=files_in)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(node.open(), loop).result(10)
    try:
        yield node
    finally:
        asyncio.run_coroutine_threadsafe(node.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
