"""How a tool is installed and started on this machine: as data, for the supervisor to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maia_hub.core.ids import UserName
from maia_hub.tools.credentials import Credentials


@dataclass(frozen=True, slots=True)
class PythonPackage:
    """An environment of its own, of what a lock file in `locks/` names with hashes.

    One of ``parts`` > 1 is fetched so, one after another, for the disk never to hold all archives beside what they
    hold; then nothing is looked for that the lock does not name. ``room`` is how many bytes it takes meanwhile.
    """

    lock: str
    parts: int = field(default=1, repr=False)
    room: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True)
class GoProgram:
    """A program built of the module in `go/` of that name, whose sums are committed."""

    module: str
    package: str
    program: str


@dataclass(frozen=True, slots=True)
class DebianPackages:
    """Packages of the system, taken where they are installed, otherwise unpacked into the cache without root.

    ``programs`` are what must be there, by their paths below ``/``.
    """

    names: tuple[str, ...]
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A text that is replaced in installed files; those that ``files`` matches, at least once in one of them."""

    files: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """The files of one published package, by the hash that the registry tells of it.

    ``edits`` let files that were built for the root of a server live below any path.
    """

    name: str
    version: str
    integrity: str
    edits: tuple[Edit, ...] = ()


Package = PythonPackage | GoProgram | DebianPackages | NpmPackage


@dataclass(frozen=True, slots=True)
class Place:
    """Where one tool of a project runs.

    ``installed`` is the folder of its package, ``data`` its own, ``ports`` are free ones of loopback, by their names:
    ``http`` and those that the kind asks for. ``prefix`` is the tool's path behind the door, no slash at its end.
    ``run`` is emptied before each start. ``user`` and ``secret`` are what the door will sign in with.
    """

    installed: Path
    data: Path
    run: Path
    ports: Mapping[str, int]
    prefix: str
    user: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started; ``files`` are written into `Place.run`.

    Secrets are in these or in the environment, never in the command.
    """

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """How this machine runs a kind: ``version`` as the package pins it, ``launch`` is None for files alone.

    ``path`` is where it lives at its port, a template with ``{prefix}``; ``inner`` the same of `Tool.inner`. ``ports``
    are asked for besides ``http``; ``ready_within`` and ``patience`` are seconds to start and to end. ``further`` is
    what `Tool.extra` says of such a tool. ``admit`` makes the files in `Place.run` by which it knows the
    people who have credentials of their own, from all of them; they count as soon as they are written.
    """

    version: str
    package: Package
    launch: Callable[[Place], Launch] | None = None
    path: str = ""
    inner: str | None = None
    ports: tuple[str, ...] = ()
    further: Callable[[Place], Mapping[str, str]] = field(default=lambda _: {})
    admit: Callable[[Mapping[UserName, Credentials]], Mapping[str, str]] | None = None
    ready_within: float = 90.0
    patience: float = 10.0
