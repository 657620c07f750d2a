"""A terminal on a system by way of the broker: what is typed goes there, what comes back goes to whoever looks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from maia_hub.hpc.broker.client import BrokerClient
from maia_hub.hpc.broker.messages import Feed
from maia_hub.hpc.ssh.target import Target

if TYPE_CHECKING:  # who only looks holds no connection, and need not load what does
    import asyncssh

    from maia_hub.hpc.ssh.link import Link

_CHUNK = 1 << 16
Size = tuple[int, int]
"""Columns and rows."""


async def hold(
    link: Link,
    given: Mapping[str, Any],
    tell: Callable[[Mapping[str, Any]], Awaitable[None]],
    *,
    feed: asyncio.Queue[Feed],
) -> int:
    """In the broker: open a login shell with a terminal, and pass on until it ends; return its status."""
    size = (int(given["size"][0]), int(given["size"][1]))
    async with link.terminal(str(given["term"]), size) as process:
        typing = asyncio.create_task(_typed(process, feed))
        try:
            while data := await process.stdout.read(_CHUNK):
                await tell({"data": data})
            await process.wait_closed()
        finally:
            typing.cancel()
            await asyncio.gather(typing, return_exceptions=True)
    return process.exit_status if process.exit_status is not None else 255


async def _typed(process: asyncssh.SSHClientProcess[bytes], feed: asyncio.Queue[Feed]) -> None:
    while True:
        got = await feed.get()
        if got.size:
            process.change_terminal_size(*got.size)
        if got.data:
            process.stdin.write(got.data)
            await process.stdin.drain()


class Typed:
    """What somebody types, and how large her terminal is."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Feed] = asyncio.Queue()

    def data(self, typed: bytes) -> None:
        """Type something."""
        self.queue.put_nowait(Feed(0, data=typed))

    def size(self, size: Size) -> None:
        """Change the size of the terminal."""
        self.queue.put_nowait(Feed(0, size=size))


async def terminal(
    client: BrokerClient,
    target: Target,
    typed: Typed,
    seen: Callable[[bytes], None],
    *,
    term: str,
    size: Size,
) -> int:
    """Hold a terminal over the connection that is open; return the shell's status, 255 if the line was cut."""
    status: int = await client.call(
        "terminal", target, lambda state: seen(state["data"]), typed.queue, term=term, size=size
    )
    return status
