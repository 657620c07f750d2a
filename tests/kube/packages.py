"""Debian packages that the cluster needs, installed where they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

CONTROL_PLANE = {"etcd": "etcd-server", "openssl": "openssl"}
NODE = {
    "containerd": "containerd",
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "iptables": "iptables",
    "ip": "iproute2",
    "conntrack": "conntrack",
    "ipset": "ipset",
    "debootstrap": "debootstrap",
    "buildah": "buildah",
}


class NotInstalled(RuntimeError):
    """Packages are missing and cannot be installed here; the message names them."""


def ensure(wanted: Mapping[str, str]) -> None:
    """Install the packages of those programs that are missing.

    Raises:
        NotInstalled: the package manager or the right to use it is missing.
    """
    missing = sorted({package for program, package in wanted.items() if not shutil.which(program)})
    if not missing:
        return
    sys.stderr.write(f"· Installing {', '.join(missing)} (needs root or sudo)\n")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    try:
        subprocess.run([*apt, "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
        install = [*apt, "install", "-y", "-qq", "--no-install-recommends", *missing]
        # A package that starts its own etcd or containerd would take the place of the cluster's.
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "RUNLEVEL": "1"})
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotInstalled(f"install these packages first: {' '.join(missing)}") from error
