"""`maia hpc shell`: a terminal on a system, over the connection that is open."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from maia_hub.cli.hpc.common import Project, app, ask_person
from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.broker.terminal import Typed
from maia_hub.hpc.reaching import ByBroker
from maia_hub.hpc.systemfiles import load
from maia_hub.hpc.systems import System

_CHUNK = 1 << 16


@app.command()
def shell(system: Annotated[str, typer.Argument()], systems: Project = None) -> None:
    """Open a shell on a system, without signing in again where one is signed in."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInput("A shell needs a terminal.", advice="Start it in one, without a pipe.")
    status = asyncio.run(_held(load(system, project=systems)))
    raise typer.Exit(status)


async def _held(system: System) -> int:
    by = ByBroker(ask_person)
    try:
        await by.sign_in(system)  # asks as long as the terminal is still one for questions
        loop, typed = asyncio.get_running_loop(), Typed()
        loop.add_signal_handler(signal.SIGWINCH, lambda: typed.size(_size()))
        with _raw():
            loop.add_reader(sys.stdin.fileno(), _read, typed)
            try:
                return await by.terminal(
                    system, typed, _seen, term=os.environ.get("TERM", "xterm"), size=_size()
                )
            finally:
                loop.remove_reader(sys.stdin.fileno())
    finally:
        await by.close()


def _read(typed: Typed) -> None:
    if data := os.read(sys.stdin.fileno(), _CHUNK):
        typed.data(data)
    else:  # the terminal has gone
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


def _seen(data: bytes) -> None:
    while data:
        try:
            data = data[os.write(sys.stdout.fileno(), data) :]
        except BlockingIOError:  # who shares the terminal may have made it so
            os.set_blocking(sys.stdout.fileno(), True)


def _size() -> tuple[int, int]:
    size = os.get_terminal_size(sys.stdout.fileno())
    return size.columns, size.lines


@contextmanager
def _raw() -> Iterator[None]:
    """Let every key go to the other end, and have the terminal as it was afterwards."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor, termios.TCSADRAIN)  # what was typed already counts
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
