"""The data folder: where everything lives, and that only one `maia up` uses it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import platformdirs

from maia_hub.core.errors import Conflict, InvalidInput
from maia_hub.core.files import replace_whole

ENV = "MAIA_DATA"


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths in the data folder ``root``."""

    root: Path

    @property
    def settings(self) -> Path:
        """Secrets, ports, accounts."""
        return self.root / "settings.json"

    @property
    def database(self) -> Path:
        """The platform's database."""
        return self.root / "maia.db"

    @property
    def hub_database(self) -> Path:
        """JupyterHub's database."""
        return self.root / "jupyterhub.sqlite"

    @property
    def cookie_secret(self) -> Path:
        """What the hub signs its cookies with; the hub makes it, readable by its owner only."""
        return self.root / "jupyterhub_cookie_secret"

    @property
    def homes(self) -> Path:
        """A home per user, unless users have Unix accounts of their own."""
        return self.root / "homes"

    @property
    def shared(self) -> Path:
        """A folder per group of a class, named by the group's id."""
        return self.root / "shared"

    @property
    def tools(self) -> Path:
        """A folder per project and tool that this machine runs, and which of them are wanted."""
        return self.root / "tools"

    @property
    def logs(self) -> Path:
        """A log per process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What is of use only while the platform runs."""
        return self.root / "run"

    @property
    def sessions(self) -> Path:
        """A folder per grant with its session file."""
        return self.run / "sessions"

    @property
    def simulated_usage(self) -> Path:
        """The utilisation of simulated GPUs, for who wants to try what follows from it; see `LocalUsage`."""
        return self.run / "simulated-usage.json"

    @property
    def platform(self) -> Path:
        """The URL and the process ids of the running platform."""
        return self.run / "platform.json"

    def prepare(self, *, traversable: bool) -> None:
        """Make the folders; with ``traversable`` other Unix users may pass through to their session files."""
        self._check_ours()
        try:
            for path in (self.root, self.homes, self.shared, self.logs, self.run, self.sessions):
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(0o700)
            if traversable:
                for path in (self.root, self.shared, self.run, self.sessions):
                    path.chmod(0o711)
            self.hub_database.touch(mode=0o600)  # the hub would make it for everybody to read
            self.hub_database.chmod(0o600)
        except OSError as e:
            raise InvalidInput(
                f"The data folder cannot be used: {e.strerror}.",
                given=str(e.filename or self.root),
                allowed="a folder that you may write to",
                advice="Choose another one with --data DIR.",
            ) from e
        if traversable:
            self._check_traversable()

    def _check_ours(self) -> None:
        """Refuse a folder of other things: it would be closed to everybody else."""
        marks = (self.settings, self.database, self.run)
        try:
            others = [path for path in self.root.iterdir() if path.name != "lost+found"]  # a disk of its own
            foreign = others and not any(mark.exists() for mark in marks)
        except OSError:  # there is none yet, or what is there is told of when it is made
            return
        if foreign:
            raise InvalidInput(
                "That folder holds other things than MAIA Hub's.",
                given=str(self.root),
                allowed="a new folder, an empty one, or one that maia up has made",
                advice=f"Choose a folder of its own, such as --data {self.root / 'maia-hub'}",
            )

    def _check_traversable(self) -> None:
        closed = [p for p in self.root.resolve().parents if not p.stat().st_mode & 0o001]
        if closed:
            raise InvalidInput(
                "With one Unix user each, every user must be able to reach the data folder.",
                given=f"{self.root}, behind {closed[-1]} which only its owner may enter",
                allowed="a folder that everybody can pass through",
                advice="Choose another one with --data, such as --data /var/lib/maia-hub.",
            )

    def say_running(self, content: Mapping[str, object]) -> None:
        """Write what runs, atomically, for tools and tests."""
        replace_whole(self.platform, json.dumps(content, indent=1))


def choose(data: Path | None) -> Folder:
    """Return the folder that was asked for, that of the environment, or the user's own."""
    path = data or os.environ.get(ENV) or platformdirs.user_data_dir("maia-hub", appauthor=False)
    return Folder(Path(path).expanduser().absolute())


@contextmanager
def exclusive(path: Path, what: str) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends; `Conflict` names who holds it already."""
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise Conflict(
                f"{what} uses this data folder already (process {_holder(file)}).",
                given=str(path.parent.parent),
                allowed="one at a time for each data folder",
                advice="Stop the other one, or choose another folder (--data) and another port (--port).",
            ) from e
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "unknown"
