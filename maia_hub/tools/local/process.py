"""The process of a tool: started so that it ends whole and with this one."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from maia_hub import supervise
from maia_hub.tools.launch import Launch

MARK = "MAIA_TOOL"
"""The environment variable by which the processes of a tool are known: it holds the path of the tool's folder."""
_KEEPER_TAKES = 12.0  # seconds, to kill what does not end
_TAIL = 65_536


class Process:
    """One start of a tool; its output is appended to a log."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, begins: int, patience: float) -> None:
        self._process = process
        self._log = log
        self._begins = begins
        self._patience = patience

    @classmethod
    async def start(cls, launch: Launch, folder: Path, log: Path, patience: float) -> Process:
        """Start it; what an earlier platform may have left of this tool is ended first."""
        mark = str(folder)
        await asyncio.to_thread(supervise.end_marked, MARK, mark, patience)
        with open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
            begins = output.tell()
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "maia_hub.supervise.keep",
                str(os.getpid()),
                str(patience),
                *launch.command,
                cwd=folder,
                env={**_own_environment(), **launch.environment, MARK: mark},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(process, log, begins, patience)

    @property
    def runs(self) -> bool:
        """Tell whether it has not ended."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Return its status when it has ended; above 128: by that signal."""
        return await self._process.wait()

    async def end(self) -> None:
        """Have it end, with all it has started; it is killed if it takes too long."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), self._patience + _KEEPER_TAKES)
        except asyncio.TimeoutError:
            self._process.kill()
            await self._process.wait()

    def last_words(self, lines: int = 8) -> str:
        """Return the end of what it has said since its start."""
        return "\n".join(tail(self._log, lines, self._begins))


def tail(log: Path, lines: int, begins: int = 0) -> list[str]:
    """Return the last lines of a log from a position on; none if there is no log."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(begins, size - max(_TAIL, 400 * lines)))
            return file.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


def _own_environment() -> dict[str, str]:
    """Return what a tool needs of this process's environment: nothing of the platform's secrets."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LD_LIBRARY_PATH", "XDG_CACHE_HOME")
    return {name: os.environ[name] for name in kept if name in os.environ}
