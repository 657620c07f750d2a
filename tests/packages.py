"""Debian packages that the tests need, installed where they are missing."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Collection

from tests.kube.place import cache


class NotInstalled(RuntimeError):
    """Packages are missing and cannot be installed here; the message names them."""


def install(packages: Collection[str]) -> None:
    """Install packages, one process after the other.

    Raises:
        NotInstalled: the package manager or the right to use it is missing.
    """
    if not packages:
        return
    names = sorted(packages)
    sys.stderr.write(f"· Installing {', '.join(names)} (needs root or sudo)\n")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    # At run level 1 a package does not start the servers that it brings: they would take the place of the tests'.
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"]
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            subprocess.run([*apt, "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
            command = [*apt, "install", "-y", "-qq", "--no-install-recommends", *names]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise NotInstalled(f"install these packages first: {' '.join(names)}") from error
