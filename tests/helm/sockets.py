"""The TCP connections that pods really have, read from the kernel's own table in each of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from tests.helm.network import End
from tests.kube.kube import Kube

LISTENING = 10
"""The state as /proc/net/tcp has it (include/net/tcp_states.h)."""


@dataclass(frozen=True)
class Connection:
    """Who connected to whose port."""

    source: End
    target: End
    port: int


class Cluster:
    """The pods and Services of some namespaces by their addresses."""

    def __init__(self, kube: Kube, *namespaces: str) -> None:
        self._kube = kube
        self._pods: dict[str, End] = {}
        self._services: dict[tuple[str, int], tuple[End, int]] = {}
        for namespace in namespaces:
            for pod in kube.get("pods", "-n", namespace)["items"]:
                labels = pod["metadata"].get("labels", {})
                self._pods[pod["status"]["podIP"]] = End(pod["metadata"]["name"], namespace, labels)
        for namespace in namespaces:
            for service in kube.get("services", "-n", namespace)["items"]:
                self._add(service)

    def connections(self) -> set[Connection]:
        """Return those of all pods."""
        return {each for pod in self._pods.values() for each in self._of(pod)}

    def _add(self, service: dict[str, Any]) -> None:
        chosen = service["spec"]["selector"].items()
        behind = next((pod for pod in self._pods.values() if chosen <= pod.labels.items()), None)
        if behind is None:
            return
        pod = self._kube.get("pod", "-n", behind.namespace, behind.name)
        named = {p["name"]: p["containerPort"] for c in pod["spec"]["containers"] for p in c.get("ports", [])}
        for port in service["spec"]["ports"]:
            target = named.get(port["targetPort"], port["targetPort"])
            self._services[service["spec"]["clusterIP"], port["port"]] = behind, target

    def _of(self, pod: End) -> Iterator[Connection]:
        table = self._kube.kubectl(
            "exec", "-n", pod.namespace, pod.name, "--", "cat", "/proc/net/tcp", "/proc/net/tcp6"
        )
        rows = [line.split() for line in table.splitlines() if ":" in line.split()[0]]
        open_ports = {_place(row[1])[1] for row in rows if int(row[3], 16) == LISTENING}
        for row in rows:
            (_, own), (address, port) = _place(row[1]), _place(row[2])
            if int(row[3], 16) == LISTENING or address == "127.0.0.1":
                continue
            if own in open_ports:
                yield Connection(self._pods.get(address, End(address, address=address)), pod, own)
            else:
                yield Connection(pod, *self._behind(address, port))

    def _behind(self, address: str, port: int) -> tuple[End, int]:
        found = self._pods.get(address, End(address, address=address)), port
        return self._services.get((address, port), found)


def _place(text: str) -> tuple[str, int]:
    """Read an address and a port: hexadecimal words in the machine's order."""
    address, _, port = text.partition(":")
    words = struct.pack(
        f"={len(address) // 8}I", *(int(address[i : i + 8], 16) for i in range(0, len(address), 8))
    )
    if len(words) == 4:
        return str(IPv4Address(words)), int(port, 16)
    six = IPv6Address(words)
    return str(six.ipv4_mapped or six), int(port, 16)
