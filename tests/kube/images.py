"""Container images for the cluster, built here by buildah and handed to containerd: no registry is asked.

Dockerfiles are built as they are. Where no registry is in reach, the Debian base they name is made by debootstrap from
the machine's own package source; what a build needs of the machine (package settings, certificates) is mounted for the
build alone and stays out of the image.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.kube import node
from tests.kube.place import Place, cache
from tests.kube.programs import PAUSE, folder_of

RELEASE = "bookworm"
BASE = f"docker.io/library/debian:{RELEASE}-slim"
_LEFT_OUT = ("/usr/share/doc", "/usr/share/info", "/usr/share/locale", "/usr/share/lintian", "/usr/share/man")


class BuildFailed(RuntimeError):
    """An image could not be built; the message ends with what the build said last."""


def pause(place: Place) -> None:
    """Build and load the image that holds every pod's namespaces."""
    program = folder_of(PAUSE) / "pause"
    made = cache() / "images" / f"pause-{program.parent.name}.tar"
    if not made.exists():
        container = buildah("from", "scratch").strip()
        buildah("copy", container, str(program), "/pause")
        buildah("config", "--entrypoint", '["/pause"]', "--user", "65535:65535", container)
        buildah("commit", "--rm", container, node.PAUSE)
        _export(node.PAUSE, made)
    load(place, made)


def debian(place: Place) -> str:
    """Load the Debian base image itself and return its name."""
    base()
    made = cache() / "images" / f"debian-{RELEASE}.tar"
    if not made.exists():
        _export(BASE, made)
    load(place, made)
    return BASE


def base() -> None:
    """Make the Debian base image from the machine's own package source, where it is not there yet."""
    if buildah("images", "--quiet", "--filter", f"reference={BASE}").strip():
        return
    sys.stderr.write("· Making the Debian base image (once)\n")
    with tempfile.TemporaryDirectory() as scratch:
        system = Path(scratch) / "system"
        _run(["debootstrap", "--variant=minbase", RELEASE, str(system), *_mirror()])
        _slim(system)
        container = buildah("from", "scratch").strip()
        archive = Path(scratch) / "system.tar"
        _run(["tar", "-C", str(system), "-cf", str(archive), "."])
        buildah("add", container, str(archive), "/")
        buildah("config", "--cmd", "/bin/bash", container)
        buildah("commit", "--rm", container, BASE)


def build(dockerfile: Path, context: Path, name: str, made_of: Sequence[Path] = ()) -> Path:
    """Build a Dockerfile and return the image as an archive; unchanged layers are taken from the last build.

    `made_of` are the files that it takes from its context: named, nothing is done while all of them stay as they are.
    """
    base()
    with _alone():
        made = cache() / "images" / f"{_digest(name.encode())}-{_fingerprint([dockerfile, *made_of])}.tar"
        if not made.exists() or not made_of:
            command = ["bud", "--layers", "--pull-never", "--isolation", "chroot", "--network", "host"]
            command += ["--file", str(dockerfile), "--tag", name, *_machine(), str(context)]
            buildah(*command)
            for old in made.parent.glob(f"{_digest(name.encode())}-*.tar"):
                old.unlink()
            _export(name, made)
        return made


def load(place: Place, archive: Path) -> None:
    """Hand an image to the cluster's containerd.

    Raises:
        BuildFailed: containerd refuses the archive.
    """
    loaded = place.root / "images" / f"{archive.name}-{archive.stat().st_mtime_ns}"
    if loaded.exists():
        return
    done = node.ctr(place, "images", "import", str(archive))
    if done.returncode:
        raise BuildFailed(f"containerd did not take {archive.name}: {done.stderr.strip()[-500:]}")
    loaded.parent.mkdir(exist_ok=True)
    loaded.touch()


def buildah(*arguments: str) -> str:
    """Run buildah on a storage of its own below the cache and return what it printed.

    Raises:
        BuildFailed: it ended with an error.
    """
    storage = cache() / "images" / "storage"
    command = ["buildah", "--root", str(storage), "--runroot", "/run/maia-kube-images", *arguments]
    return _run(command, {"STORAGE_DRIVER": "overlay", "BUILDAH_ISOLATION": "chroot"})


@contextmanager
def _alone() -> Iterator[None]:
    """Let one build at a time have the archives."""
    with (cache() / "images" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _export(name: str, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_suffix(".part")
    part.unlink(missing_ok=True)
    buildah("push", name, f"docker-archive:{part}:{name}")
    part.rename(to)


def _mirror() -> list[str]:
    """Return the package source that this machine itself uses for the release; none means debootstrap's own."""
    wanted = [
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI) $(RELEASE) $(COMPONENT)",
        "Created-By: Packages",
    ]
    listed = [line.split() for line in _run(wanted).splitlines()]
    return next(([site] for site, release, part in listed if (release, part) == (RELEASE, "main")), [])


def _fingerprint(files: Sequence[Path]) -> str:
    """Return what changes with the content of any of these files, or with the base image."""
    made_from = buildah("images", "--quiet", "--no-trunc", "--filter", f"reference={BASE}").encode()
    return _digest(made_from + b"".join(_digest(file.read_bytes()).encode() for file in files))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _slim(system: Path) -> None:
    """Leave out what the published slim image leaves out: documentation, translations, downloaded packages."""
    (system / "etc/dpkg/dpkg.cfg.d/docker").write_text(
        "".join(f"path-exclude {place}/*\n" for place in _LEFT_OUT)
    )
    for place in (*_LEFT_OUT, "/var/cache/apt", "/var/lib/apt/lists", "/var/log"):
        for part in (system / place.lstrip("/")).glob("*"):
            shutil.rmtree(part) if part.is_dir() and not part.is_symlink() else part.unlink()


def _machine() -> list[str]:
    """Return by which certificates a build reaches what this machine reaches; the image keeps nothing of them."""
    authorities = Path("/etc/ssl/certs/ca-certificates.crt")
    if not authorities.exists():
        return []
    folder = cache() / "images" / "certificates"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(authorities, folder / "ca.crt")
    # A folder that every image has: a mount leaves its place behind. Over /etc/ssl it would break the package manager.
    return ["--volume", f"{folder}:/mnt:ro", "--build-arg", "PIP_CERT=/mnt/ca.crt"]


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        list(command), capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise BuildFailed(f"`{' '.join(command[:6])} …` ended with {done.returncode}: {said}")
    return done.stdout
