"""What a Slurm system is made of, from Debian packages; installed where it is missing."""

from __future__ import annotations

import shutil
from functools import cache

from tests import packages

_PACKAGES = {
    "munged": "munge",
    "slurmctld": "slurmctld",
    "slurmd": "slurmd",
    "sbatch": "slurm-client",
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "rsync": "rsync",
}
_ACCOUNTING = {
    "slurmdbd": "slurmdbd",
    "mariadbd": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
}
_SYSTEM = "/usr/sbin:/sbin"


@cache
def ensure(*, accounting: bool = False) -> None:
    """Install what is missing.

    Raises:
        NotInstalled: the package manager or the right to use it is missing.
    """
    wanted = {**_PACKAGES, **(_ACCOUNTING if accounting else {})}
    packages.install({package for program, package in wanted.items() if not find(program)})


def find(program: str) -> str | None:
    """Return the path of a program, among the administrator's too."""
    return shutil.which(program) or shutil.which(program, path=_SYSTEM)


def path(program: str) -> str:
    """Return the path of a program that is there."""
    found = find(program)
    if found is None:
        raise packages.NotInstalled(f"{program} is not on this machine")
    return found
