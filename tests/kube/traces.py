"""What the cluster's programs leave outside its own folders, noted before it starts and removed when it is gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.kube.place import Place

# Fixed paths of containerd's shims, the CNI plugins, buildah, the kubelet and the volume provisioner.
_SHARED = (
    "/run/containerd",
    "/run/netns",
    "/var/lib/cni",
    "/var/lib/kubelet",
    "/var/lib/containers",
    "/var/log/containers",
    "/etc/cni",
    "/tmp/hostpath_pv",
)
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")


def note(place: Place) -> None:
    """Remember what this machine had before the cluster; once."""
    memory = _memory(place)
    if not memory.exists():
        there = [path for path in _SHARED if Path(path).exists()]
        memory.write_text(json.dumps({"there": there, "forwarding": _FORWARDING.read_text().strip()}))


def remove(place: Place) -> None:
    """Remove what was not there before, and links into the cluster's folder from what was."""
    if not _memory(place).exists():
        return
    before = json.loads(_memory(place).read_text())
    for link in Path("/var/log/containers").glob("*"):
        if link.is_symlink() and str(link.readlink()).startswith(f"{place.root}/"):
            link.unlink()
    for path in set(_SHARED) - set(before["there"]):
        shutil.rmtree(path, ignore_errors=True)
    _FORWARDING.write_text(before["forwarding"])


def _memory(place: Place) -> Path:
    return place.root / "before.json"
