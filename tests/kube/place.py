"""Where the cluster keeps its things and which addresses it takes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

KUBERNETES = "v1.36.3"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The folders, addresses and names of one disposable cluster; every trace of it lies under these."""

    root: Path = Path("/var/lib/maia-kube")
    run: Path = Path("/run/maia-kube")
    node: str = "maia-kube"
    bridge: str = "maia-kube0"
    address: str = "10.177.0.1"
    pods: str = "10.177.0.0/24"
    services: str = "10.178.0.0/24"
    api_service: str = "10.178.0.1"
    dns_service: str = "10.178.0.10"
    domain: str = "cluster.local"
    api_port: int = 6443
    etcd_port: int = 12379
    api_options: tuple[str, ...] = ()

    @classmethod
    def without_node(cls) -> Place:
        """Return the place of a control plane alone: on loopback and in the user's folders, for it needs no root."""
        root = cache() / "kube-alone"
        return cls(
            root=root, run=root / "run", bridge="", address="127.0.0.1", api_port=16443, etcd_port=22379
        )

    @property
    def server(self) -> str:
        """Return the URL of the API server."""
        return f"https://{self.address}:{self.api_port}"

    @property
    def kubeconfig(self) -> Path:
        """Return the administrator's kubeconfig."""
        return self.root / "kubeconfig"

    @property
    def containerd(self) -> Path:
        """Return containerd's socket."""
        return self.run / "containerd.sock"


def cache() -> Path:
    """Return the folder for what is built once: outside the tree, and shared by every checkout of this user."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "maia-hub"
