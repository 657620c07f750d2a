"""The cluster's network on this machine: one bridge with the node's address, and the CNI configuration for the pods."""

from __future__ import annotations

import json
import re
import subprocess
from ipaddress import ip_network

from tests.kube.place import Place

_OURS = re.compile(r"KUBE-|CNI-|CNI:")


def up(place: Place) -> None:
    """Make the bridge and write the pods' network; the node's address is the bridge's own.

    The machine's real address is left out of it: the cluster is reachable from this machine alone, and works
    without any network.
    """
    if subprocess.run(["ip", "link", "show", place.bridge], capture_output=True, check=False).returncode:
        _ip("link", "add", place.bridge, "type", "bridge")
        length = ip_network(place.pods).prefixlen
        _ip("addr", "add", f"{place.address}/{length}", "dev", place.bridge)
        _ip("link", "set", place.bridge, "up")
    subprocess.run(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"], check=True)
    folder = place.root / "cni"
    folder.mkdir(exist_ok=True)
    (folder / "10-maia.conflist").write_text(json.dumps(_conflist(place), indent=2))


def down(place: Place) -> None:
    """Remove the bridge and every packet-filter rule of kube-proxy and of the CNI plugins."""
    subprocess.run(["ip", "link", "del", place.bridge], capture_output=True, check=False)
    for family in ("iptables", "ip6tables"):
        saved = subprocess.run([f"{family}-save"], capture_output=True, text=True, check=False).stdout
        if _OURS.search(saved):
            rest = "\n".join(line for line in saved.splitlines() if not _OURS.search(line))
            subprocess.run([f"{family}-restore"], input=rest + "\n", text=True, check=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _conflist(place: Place) -> dict[str, object]:
    first_pod = str(ip_network(place.pods)[10])
    return {
        "cniVersion": "0.4.0",
        "name": "maia-kube",
        "plugins": [
            {
                "type": "bridge",
                "bridge": place.bridge,
                "isGateway": True,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(place.root / "cni" / "leases"),
                    "ranges": [[{"subnet": place.pods, "rangeStart": first_pod, "gateway": place.address}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
