"""What is kept of one tool of a project: its data, credentials and ports."""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maia_hub.core.errors import Conflict
from maia_hub.core.files import replace_whole
from maia_hub.core.ids import UserName
from maia_hub.tools.model import Credentials

_ACCOUNT = "maia"
_LARGEST_LOG = 10_000_000


@dataclass(frozen=True, slots=True)
class ToolFolder:
    """Paths below the folder ``root`` of one tool, and what is written there for its owner alone to read."""

    root: Path

    @property
    def data(self) -> Path:
        """What the tool itself keeps."""
        return self.root / "data"

    @property
    def run(self) -> Path:
        """What is made anew for each start."""
        return self.root / "run"

    @property
    def log(self) -> Path:
        """What the tool says."""
        return self.root / "log"

    def prepare(self) -> None:
        """Make the folders and empty that of the run; let a log that has grown too long begin anew."""
        shutil.rmtree(self.run, ignore_errors=True)
        for path in (self.root, self.data, self.run):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o700)
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".old"))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the tool for this process; `Conflict` if another one runs it."""
        self.root.mkdir(parents=True, exist_ok=True)
        with open(self.root / "lock", "w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as e:
                raise Conflict(
                    "Another process runs this tool.",
                    given=str(self.root),
                    allowed="one at a time for each data folder",
                    advice="Stop the other one first.",
                ) from e
            yield

    def credentials(self) -> Credentials:
        """Return what the door signs in with, made at first."""
        kept = self._read("credentials")
        return Credentials(kept["user"], kept["secret"]) if kept else self.renew()

    def renew(self) -> Credentials:
        """Make new ones, which count from the next start on."""
        made = Credentials(_ACCOUNT, secrets.token_urlsafe(24))
        self._write("credentials", {"user": made.user, "secret": made.secret})
        return made

    def people(self) -> dict[UserName, Credentials]:
        """Return the credentials of those who have some of their own."""
        return {UserName(name): Credentials(*kept) for name, kept in self._read("people").items()}

    def give(self, person: UserName) -> Credentials:
        """Make a person credentials of her own, in the place of those that she had."""
        made = Credentials(secrets.token_hex(10).upper(), secrets.token_urlsafe(30))
        self._keep({**self.people(), person: made})
        return made

    def take_back(self, person: UserName) -> None:
        """Forget the credentials of a person."""
        people = self.people()
        people.pop(person, None)
        self._keep(people)

    def ports(self) -> dict[str, int]:
        """Return the ports of the last start."""
        return {name: int(port) for name, port in self._read("ports").items()}

    def keep_ports(self, ports: Mapping[str, int]) -> None:
        """Remember ports, for the next start to have the same."""
        self._write("ports", dict(ports))

    def put(self, files: Mapping[str, str]) -> None:
        """Write files into the folder of the run; who reads one sees the old or the new, never a part."""
        for name, text in files.items():
            path = self.run / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_whole(path, text)

    def _keep(self, people: Mapping[UserName, Credentials]) -> None:
        self._write("people", {name: [kept.user, kept.secret] for name, kept in people.items()})

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return dict(json.loads((self.root / f"{name}.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def _write(self, name: str, content: Mapping[str, object]) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        replace_whole(self.root / f"{name}.json", json.dumps(content, indent=1))
