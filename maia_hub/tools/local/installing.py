"""Installing a tool's package on first use: into the user's cache, whole or not at all, by one process at a time."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.tools.launch import DebianPackages, GoProgram, NpmPackage, Package, PythonPackage
from maia_hub.tools.local import debian, golang, npm, python
from maia_hub.tools.local.commands import Failed, Say

_LOOK = 0.2  # seconds between two looks at whether another process has done
_FULL = 1 << 20  # bytes that are left of a disk on which nothing can be installed
_NO_SPACE = "No space left"
_FILL: dict[type, Callable[..., Awaitable[None]]] = {
    PythonPackage: python.fill,
    GoProgram: golang.fill,
    DebianPackages: debian.fill,
    NpmPackage: npm.fill,
}
_NETWORK = (
    "The first start of such a tool fetches it: {what}. Check the network and {whose}, then start it again."
)
_FROM = {
    PythonPackage: ("Python packages", "pip's configuration"),
    GoProgram: ("Go modules", "GOPROXY"),
    DebianPackages: ("packages of the system", "apt's sources"),
    NpmPackage: ("an npm package", "npm's configuration"),
}


def cache() -> Path:
    """Return where tools are installed."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "maia-hub" / "tools"


def place_of(kind: str, version: str, package: Package) -> Path:
    """Return where a kind's package is, or will be."""
    return cache() / f"{kind}-{version}-{_fingerprint(package)}"


async def install(kind: str, title: str, version: str, package: Package, say: Say) -> Path:
    """Return the folder of a kind's package, which is made first where it is not there yet.

    ``say`` is told how far it is. When this is cancelled nothing is left of what was begun.

    Raises:
        Unavailable: it could not be installed; says what is missing.
    """
    place = place_of(kind, version, package)
    if place.exists():
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        async with _alone(place.with_name(f"{place.name}.lock"), say):
            if not place.exists():
                await _make(place, package, say)
    except (Failed, OSError) as e:
        raise _refused(title, package, e) from e
    return place


async def _make(place: Path, package: Package, say: Say) -> None:
    for left in place.parent.glob(f".{place.name}-*"):  # of an installing that was killed
        await asyncio.to_thread(shutil.rmtree, left, ignore_errors=True)
    _room_for(package, place.parent)
    scratch = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}-"))
    try:
        await _FILL[type(package)](package, scratch, say)
        scratch.chmod(0o755)
        scratch.rename(place)
    except Failed as e:  # not every command says so itself
        if shutil.disk_usage(scratch).free < _FULL:
            raise Failed(f"{_NO_SPACE} in {place.parent}") from e
        raise
    finally:
        if scratch.exists():
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True))


def _room_for(package: Package, folder: Path) -> None:
    """Refuse to begin what the disk has no room for."""
    needed = package.room if isinstance(package, PythonPackage) else 0
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Failed(f"{_NO_SPACE}: it takes {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free in {folder}")


@asynccontextmanager
async def _alone(lock: Path, say: Say) -> AsyncIterator[None]:
    """Hold a lock that ends with this process; wait for whoever holds it."""
    with lock.open("w") as held:
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                say("Waiting for another process that installs it", None)
                await asyncio.sleep(_LOOK)
        yield


def _fingerprint(package: Package) -> str:
    """Return what tells packages of one version apart: what they are made of."""
    digest = hashlib.sha256(repr(package).encode())
    for source in _sources(package):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _sources(package: Package) -> list[Path]:
    if isinstance(package, PythonPackage):
        return [python.lock_of(package)]
    if isinstance(package, GoProgram):
        return [golang.module_of(package) / name for name in ("go.mod", "go.sum")]
    return []


def _refused(title: str, package: Package, error: Exception) -> MaiaError:
    what, whose = _FROM[type(package)]
    given = f"{error.strerror or error}: {error.filename}" if isinstance(error, OSError) else str(error)
    advice = _NETWORK.format(what=what, whose=whose)
    if _NO_SPACE in given:
        advice = f"Make room in {cache()}, or set XDG_CACHE_HOME to another folder, then start it again."
    elif isinstance(error, Failed) and error.advice:
        advice = error.advice
    return Unavailable(f"{title} could not be installed.", given=given, advice=advice)
