"""What is kept of a server in ``~/.maia/monailabel``: what was asked for, its process and where it listens."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from maia_hub.core.errors import InvalidInput, Unavailable
from maia_hub.core.files import replace_whole
from maia_hub.supervise import Identity

Device = Literal["cuda", "cpu", "any"]
DEVICES: tuple[Device, ...] = get_args(Device)
MARK = "MAIA_MONAILABEL"
"""The environment variable by which the processes of a server are known: it holds the path of its folder."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_ALONE_WITHIN = 600.0  # seconds that a start, or a stop, of another process may take
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Wish:
    """What a server is to serve, as JSON; ``or_cpu``: it is started again on the CPU when its GPU is taken back.

    ``app`` is the folder of the app, ``images`` a folder or an address. ``base`` and ``dicomweb`` are the paths behind
    the door at which its viewer finds it and the images. ``missing`` says what it was started without.
    """

    app: str
    settings: Mapping[str, str]
    images: str
    token: str | None = None
    modalities: tuple[str, ...] = ()
    device: Device = "any"
    or_cpu: bool = False
    base: str = ""
    dicomweb: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A server that was started; ``stopped``: by its user, so it is not to be started again by itself."""

    wish: Wish
    pid: int
    start_time: int
    boot_id: str
    secret: str = field(repr=False)
    stopped: bool = False

    @property
    def process(self) -> Identity:
        """Its process, unmistakably."""
        return Identity(self.pid, self.start_time, self.boot_id)


def home() -> Path:
    """Return where the user's servers and copies of apps are."""
    return Path.home() / ".maia" / "monailabel"


class Folder:
    """The folder of one server, by its name."""

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                "That is no name of a server.",
                given=name[:60],
                allowed="letters, digits, dots, hyphens; at most 60",
            )
        self.name = name
        self.root = home() / "servers" / name
        self.log = self.root / "log"

    def known(self) -> Known | None:
        """Return what is known of the server; None if it was never started, or what was kept cannot be read."""
        try:
            kept = self._read("state.json")
            wish = Wish(**{**kept.pop("wish"), "modalities": tuple(kept.pop("modalities"))})
            return Known(wish=wish, **kept)
        except (KeyError, TypeError, ValueError, OSError):
            return None

    def keep(self, known: Known) -> None:
        """Remember a server; only its user may read it."""
        kept = asdict(known)
        kept["wish"] = {name: value for name, value in kept["wish"].items() if name != "modalities"}
        kept["modalities"] = list(known.wish.modalities)
        replace_whole(self.root / "state.json", json.dumps(kept, indent=1))

    def ready(self) -> dict[str, Any] | None:
        """Return what the process said when it had made the app."""
        return self._said("ready.json")

    def refused(self) -> dict[str, Any] | None:
        """Return why the process could not make the app."""
        return self._said("refused.json")

    def begin(self, wish: Wish, viewer: list[Path]) -> str:
        """Lay out what the process reads; return the word that it will ask for."""
        port = (self.ready() or {}).get("port", 0)
        for left in ("ready.json", "refused.json"):
            (self.root / left).unlink(missing_ok=True)
        secret = secrets.token_urlsafe(32)
        wanted = {**asdict(wish), "port": port, "secret": secret, "viewer": [str(each) for each in viewer]}
        replace_whole(self.root / "wish.json", json.dumps(wanted))
        return secret

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else start or stop it; the lock ends with this process."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        until = time.monotonic() + _ALONE_WITHIN
        with open(os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as held:
            while not _locked(held.fileno()):
                if time.monotonic() > until:
                    raise Unavailable("Another process is starting or stopping it.", given=self.name)
                time.sleep(_LOOK)
            yield

    def _said(self, name: str) -> dict[str, Any] | None:
        try:
            return self._read(name)
        except (OSError, ValueError):
            return None

    def _read(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self.root / name).read_text(encoding="utf-8")))


def folders() -> list[Folder]:
    """Return those of all servers that were ever started, by name."""
    place = home() / "servers"
    names = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    return [Folder(name) for name in names if _NAME.fullmatch(name)]


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
