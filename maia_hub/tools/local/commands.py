"""Commands that install something: followed line by line, ended with all they started when nobody waits any more."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

Say = Callable[[str, float | None], None]
"""Is told what is being done, and how much of it has been done (0 to 1; None: that cannot be told)."""

_LAST_WORDS = 6
_LONGEST = 600
"""Characters of what a command said last that are told to people."""


class Failed(Exception):
    """A command failed, or is missing; the text is what it said last."""

    def __init__(self, said: str, advice: str = "") -> None:
        super().__init__(said)
        self.advice = advice


class Command(NamedTuple):
    """A command, where it runs and what it finds in its environment besides this process's."""

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = {}


async def run(command: Command, hear: Callable[[str], None] = lambda _: None) -> list[str]:
    """Run a command; ``hear`` is told its lines as they come. Return the lines of its standard output.

    Raises:
        Failed: it ended with another status than 0.
    """
    process = await asyncio.create_subprocess_exec(
        *_kept(command.words),
        cwd=command.folder,
        env={**os.environ, **command.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said: deque[str] = deque(maxlen=_LAST_WORDS)
    lines: list[str] = []

    async def read(stream: asyncio.StreamReader | None, kept: Callable[[str], None]) -> None:
        while stream is not None and (line := await stream.readline()):
            text = line.decode(errors="replace").rstrip()
            kept(text)
            said.append(text)
            hear(text)

    try:
        await asyncio.gather(read(process.stdout, lines.append), read(process.stderr, lambda _: None))
        status = await process.wait()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await asyncio.shield(process.wait())
    if status:
        raise Failed("\n".join(said)[-_LONGEST:] or f"{command.words[0]} ended with status {status}")
    return lines


def _kept(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "maia_hub.supervise.keep", str(os.getpid()), "2", *words]
