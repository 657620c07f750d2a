"""CoreDNS for the cluster's names, as a process of this machine behind the usual Service."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from tests.kube import daemons
from tests.kube.place import Place


def start(place: Place, folder: Path) -> None:
    """Start CoreDNS on the node's address and wait until it listens."""
    corefile = place.root / "Corefile"
    corefile.write_text(f"""{place.domain}:53 {{
    bind {place.address}
    errors
    ready 127.0.0.1:18181
    kubernetes {place.domain} {{
        kubeconfig {place.root}/coredns.kubeconfig
        ttl 5
    }}
}}
""")
    daemons.start(place, "coredns", [str(folder / "coredns"), "-conf", str(corefile)])
    daemons.wait_for(place, "coredns", lambda: _listens(place))


def objects(place: Place) -> list[dict[str, Any]]:
    """Return the Service `kube-dns` and its endpoint, the node's own address."""
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ]
    name = {"name": "kube-dns", "namespace": "kube-system"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {**name, "labels": {"k8s-app": "kube-dns"}},
            "spec": {"clusterIP": place.dns_service, "ports": ports},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**name, "labels": {"kubernetes.io/service-name": "kube-dns"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [place.address]}],
            "ports": ports,
        },
    ]


def _listens(place: Place) -> bool:
    try:
        with socket.create_connection((place.address, 53), timeout=1):
            return True
    except OSError:
        return False
