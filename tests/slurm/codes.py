"""A login node that asks for codes.

What is real: the protocol, for this is asyncssh's own server; the commands, which a real shell runs; the files. What
is not: there is no PAM and no second user, all runs as whoever runs the tests, and a code is right because it is the
expected one, once, and not because of the time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import asyncssh
from asyncssh.auth import KbdIntChallenge


class Codes(asyncssh.SSHServer):
    """Asks every prompt of `asked`, in rounds of one, and lets in who gives the expected answers."""

    def __init__(self, node: CodeNode) -> None:
        self._node = node
        self._round = 0

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


class CodeNode:
    """Such a node on the loopback; `asked` are prompts with the answers that are right, `once` spends the last one."""

    def __init__(self, *asked: tuple[str, str], once: bool = True) -> None:
        self.asked = asked
        self.once = once
        self.spent: set[str] = set()
        self.answers: list[str] = []
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
            process_factory=_run,
            encoding=None,
            sftp_factory=True,
        )
        self.port = self._server.get_port()

    async def close(self) -> None:
        """End it with all its connections."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()


async def _run(process: asyncssh.SSHServerProcess[bytes]) -> None:
    command = ["sh", "-c", process.command] if process.command else ["sh"]
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await process.redirect(child.stdin, child.stdout, child.stderr)
    process.exit(await child.wait())
    await process.wait_closed()


@contextmanager
def asking(*asked: tuple[str, str], once: bool = True) -> Iterator[CodeNode]:
    """Let such a node run in a thread of its own for a while."""
    node = CodeNode(*asked, once=once)
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
