"""Reaching the broker: the first who needs it starts it."""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
import subprocess
import sys
from contextlib import suppress

from maia_hub.hpc.broker import place
from maia_hub.hpc.broker.messages import VERSION, BadMessage, Call, Hello, Message, Wire
from maia_hub.hpc.transport import ConnectionLost

_WITHIN = 20.0
_TRIES = 100
"""Looks for it before it is started again: some seconds, in which it should have come up."""


async def reach() -> Wire:
    """Reach the broker; start it if there is none.

    Raises:
        ConnectionLost: it does not start.
        UnsafeFolder: the folder of its socket is not its user's alone.
    """
    give_up = asyncio.get_running_loop().time() + _WITHIN
    for tries in itertools.count():
        if wire := await _join():
            return wire
        if asyncio.get_running_loop().time() > give_up:
            break
        if tries % _TRIES == 0:
            await asyncio.to_thread(_start)
        await asyncio.sleep(0.05)
    raise ConnectionLost(
        "the process that holds the connections did not start",
        started=False,
        advice=f"its log is {place.log()}",
    )


async def _join() -> Wire | None:
    try:
        wire = Wire(*await asyncio.open_unix_connection(place.socket()))
    except OSError:
        return None
    hello: Message | None = None
    with suppress(OSError, BadMessage):
        await wire.send(Hello(VERSION, os.environ.get("SSH_AUTH_SOCK", "")))
        hello = await wire.receive()
    if isinstance(hello, Hello) and hello.version == VERSION:
        return wire
    if isinstance(hello, Hello):  # an older or newer one makes room
        with suppress(OSError, BadMessage):
            await wire.send(Call(0, "stop"))
            await wire.receive()
    wire.close()
    await wire.closed()
    return None


def _start() -> None:
    """Start the broker in a session of its own, unless one is starting or there."""
    with place.lock().open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    with place.log().open("ab") as log:
        place.log().chmod(0o600)
        # By way of a shell, so that it is nobody's child and outlives whoever started it.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-m", "maia_hub.hpc.broker"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            check=True,
        )
