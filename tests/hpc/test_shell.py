"""`maia hpc shell` in a real terminal: what is typed goes there, its size too, and the status comes back."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from maia_hub.hpc.broker.client import BrokerClient
from maia_hub.hpc.systemfiles import home_folder
from tests.cli.commands import maia
from tests.hpc.people import Home
from tests.platform import eventually
from tests.slurm.site import Site


class Terminal:
    """A terminal of 90 columns and 30 rows with `maia hpc shell` in it."""

    def __init__(self, home: Path, run: Path) -> None:
        self._own, theirs = pty.openpty()
        self.resize(90, 30)
        self.seen = ""
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "maia_hub.cli", "hpc", "shell", "login"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "HOME": str(home), "MAIA_HPC_RUN": str(run), "TERM": "xterm"},
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(self._own, False)

    def resize(self, columns: int, rows: int) -> None:
        """Change its size."""
        fcntl.ioctl(self._own, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._own, text.encode())

    def shows(self, text: str) -> bool:
        """Wait until something is seen."""

        def look() -> bool:
            with suppress(OSError):  # nothing new, or the end
                self.seen += os.read(self._own, 1 << 16).decode(errors="replace")
            return text in self.seen

        try:
            return bool(eventually(look, f"{text!r} in the terminal"))
        finally:
            print(self.seen)

    def close(self) -> None:
        """Let go of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._own)


@pytest.fixture
def terminal(at_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("MAIA_HPC_RUN", str(tmp_path / "run"))
    home_folder().mkdir(parents=True)
    (home_folder() / "login.yaml").write_text("control: {host: login}\n")
    opened = Terminal(at_home.folder, tmp_path / "run")
    yield opened
    opened.close()
    asyncio.run(stop())


async def stop() -> None:
    client = BrokerClient()
    await client.stop()
    await client.close()


def test_a_shell_has_a_terminal_of_the_right_size_and_its_status_comes_back(
    terminal: Terminal, site: Site
) -> None:
    terminal.type("PS1='ready$(tty | cut -c 1-5)> '\n")
    assert terminal.shows("ready/dev/> ")
    terminal.type("stty size; id -un\n")
    assert terminal.shows("30 90\r\n" + site.account.name)
    terminal.resize(121, 40)
    os.kill(terminal.process.pid, signal.SIGWINCH)
    terminal.type("while [ \"$(stty size)\" = '30 90' ]; do sleep 0.05; done; stty size\n")
    assert terminal.shows("40 121\r\n")
    terminal.type("echo waits; cat\n")
    assert terminal.shows("waits\r\n")
    terminal.type("\x03")
    assert terminal.shows("^C")
    terminal.type("echo interrupted $?\n")
    assert terminal.shows("interrupted 130\r\n")
    terminal.type("exit 3\n")
    assert terminal.process.wait(30) == 3


def test_without_a_terminal_or_a_system_behind_it_a_shell_is_refused(tmp_path: Path) -> None:
    done = maia("hpc", "shell", "local", HOME=str(tmp_path))
    assert done.returncode == 1
    assert "needs a terminal" in done.stderr
