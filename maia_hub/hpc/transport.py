"""What the rest of the package needs of a machine that jobs run on: commands and files, and how they fail.

Arguments and paths are data. Whoever implements this has to quote them so that no shell at the other end ever
interprets a byte of them; whoever uses it passes them as they are. Paths are those of the other machine,
absolute, or relative to the user's home there; they are never expanded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from maia_hub.core.errors import Forbidden, MaiaError, NotFound, Unavailable

DEFAULT_TIMEOUT = 60.0
"""Seconds that a command may take unless its caller knows better: login nodes are slow when they are busy."""


@dataclass(frozen=True)
class Completed:
    """What a command left behind; a status that is not 0 is a result, not an error.

    ``status`` is the exit status, 128 + n where signal n ended it, as a shell has it.
    """

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Return standard output as text; what is not UTF-8 is replaced."""
        return self.stdout.decode(errors="replace")

    @property
    def complaint(self) -> str:
        """Return standard error as text, else standard output, stripped: what a person is told of a failure."""
        return (self.stderr.decode(errors="replace").strip() or self.text.strip())[:2000]


@dataclass(frozen=True)
class FileStat:
    """What is known of a remote file; ``modified`` is in seconds since 1970 by the clock of that machine."""

    size: int
    mode: int
    modified: float

    @property
    def is_folder(self) -> bool:
        """Tell whether it is a folder."""
        return self.mode & 0o170000 == 0o040000

    @property
    def is_link(self) -> bool:
        """Tell whether it is a symbolic link itself."""
        return self.mode & 0o170000 == 0o120000


class TransportError(MaiaError):
    """A command could not be run or a file not be reached; never the failure of the command itself."""

    code: ClassVar[str] = "transport"
    title: ClassVar[str] = "The system could not be used"


class ConnectionLost(TransportError, Unavailable):
    """The system cannot be reached, or the connection broke; trying again by itself is right.

    ``started`` tells whether what was asked may have happened all the same: only if it is False is it certain that
    the other machine has seen nothing of it.
    """

    code = "connection-lost"
    title = "The connection was lost"

    def __init__(self, message: str, *, started: bool, advice: str | None = None) -> None:
        super().__init__(message, advice=advice)
        self.started = started


class SignInAgain(TransportError):
    """The connection needs a person (a code, a password, a passphrase); nothing was done."""

    code = "sign-in-again"
    title = "Sign in again"


class TimedOut(TransportError, Unavailable):
    """The command took longer than it was given; it may be running still, and may have done its work."""

    code = "timed-out"
    title = "That took too long"


class NoSuchFile(TransportError, NotFound):
    """There is no such file or folder on the other machine."""

    code = "no-such-file"
    title = "No such file"


class FileDenied(TransportError, Forbidden):
    """The user may not do that with the file on the other machine."""

    code = "file-denied"
    title = "Not allowed there"


class NoSpace(TransportError):
    """The disk is full or the quota is used up; what was being written has no final name."""

    code = "no-space"
    title = "No space left"


class HostKeyChanged(TransportError):
    """The host shows another key than the known one: nothing was sent to it."""

    code = "host-key-changed"
    title = "The host's key has changed"


class Changed(TransportError):
    """A file changed while it travelled."""

    code = "changed-on-the-way"
    title = "The file changed on its way"


class Transport(Protocol):
    """A connection to one machine, shared by everything that uses it; any number of calls at once is fine.

    Every call may raise ConnectionLost or SignInAgain.
    """

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run a program with exactly these arguments, standard input and additional environment.

        It is looked up in the PATH of the user's login there; status 127 says there is none, 126 that it cannot
        be run, as a shell has it. Raises TimedOut after ``timeout`` seconds, NoSuchFile if there is no ``cwd``.
        """
        ...

    async def read(self, path: str, *, offset: int = 0, limit: int | None = None) -> bytes:
        """Return a file's bytes from ``offset`` on, at most ``limit``; fewer at its end."""
        ...

    async def write(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """Write a small file; under its name there is the old one or the whole new one at any moment."""
        ...

    async def rename(self, old: str, new: str) -> None:
        """Give a file another name on the same file system; a file that has it already is replaced."""
        ...

    async def remove(self, path: str) -> None:
        """Remove a file; NoSuchFile if there is none."""
        ...

    async def mkdir(self, path: str, *, mode: int = 0o700) -> None:
        """Make a folder and those above it; one that is there already is left as it is."""
        ...

    async def stat(self, path: str, *, follow: bool = True) -> FileStat:
        """Return what is known of a file or folder; of a link itself without ``follow``."""
        ...

    async def list(self, path: str) -> Mapping[str, FileStat]:
        """Return the names in a folder, without ``.`` and ``..``, with what is known of each; links themselves."""
        ...

    async def close(self) -> None:
        """Let go of the connection; what runs on the other machine goes on there."""
        ...
