"""Debian packages that the cluster needs, installed where they are missing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from tests.packages import install

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


def ensure(wanted: Mapping[str, str]) -> None:
    """Install the packages of those programs that are missing.

    Raises:
        NotInstalled: the package manager or the right to use it is missing.
    """
    install({package for program, package in wanted.items() if not shutil.which(program)})
