"""The cluster's certificates: one authority, a certificate for each program, and the kubeconfig that carries it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import trustme
import yaml

from tests.kube.place import Place

# Common name and organisation decide what a program may do (Kubernetes' own ClusterRoleBindings name them).
CLIENTS = {
    "admin": ("maia-kube-admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", None),
    "kube-scheduler": ("system:kube-scheduler", None),
    "kube-proxy": ("system:kube-proxy", None),
    "coredns": ("system:coredns", "system:masters"),
    "kwok": ("system:kwok", "system:masters"),
    "apiserver-kubelet": ("kube-apiserver-kubelet-client", "system:masters"),
}


def make(place: Place) -> None:
    """Write authority, server and client certificates, the service-account key and every kubeconfig."""
    folder = place.root / "pki"
    folder.mkdir(mode=0o700, parents=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.crt")
    _write(folder / "ca.key", authority.private_key_pem.bytes())
    hosts = [
        place.address,
        place.api_service,
        "127.0.0.1",
        "localhost",
        place.node,
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        f"kubernetes.default.svc.{place.domain}",
    ]
    _keep(folder / "server", authority.issue_cert(*hosts, common_name="kube-apiserver"))
    clients = {**CLIENTS, "kubelet": (f"system:node:{place.node}", "system:nodes")}
    for name, (common, organisation) in clients.items():
        # A host name of no use: Go refuses the empty list of names that stands there otherwise.
        issued = authority.issue_cert(f"{name}.invalid", common_name=common, organization_name=organisation)
        _keep(folder / name, issued)
    for name in clients:
        _write(place.root / f"{name}.kubeconfig", yaml.safe_dump(_kubeconfig(place, name)).encode())
    (place.root / "admin.kubeconfig").rename(place.kubeconfig)
    key = folder / "service-account.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)


def _keep(stem: Path, issued: trustme.LeafCert) -> None:
    _write(stem.with_suffix(".key"), issued.private_key_pem.bytes())
    _write(stem.with_suffix(".crt"), b"".join(pem.bytes() for pem in issued.cert_chain_pems))


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _kubeconfig(place: Place, name: str) -> dict[str, object]:
    pki = place.root / "pki"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "maia-kube",
                "cluster": {"server": place.server, "certificate-authority": str(pki / "ca.crt")},
            }
        ],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate": str(pki / f"{name}.crt"),
                    "client-key": str(pki / f"{name}.key"),
                },
            }
        ],
        "contexts": [{"name": "maia-kube", "context": {"cluster": "maia-kube", "user": name}}],
        "current-context": "maia-kube",
    }
