"""The control plane: etcd, API server, controller manager and scheduler as processes of this machine."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from tests.kube import daemons
from tests.kube.place import Place

NAMES = ("kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd")


def start(place: Place, programs: Path) -> None:
    """Start the control plane and wait until its API answers."""
    start_etcd(place)
    start_api_server(place, programs)
    daemons.start(place, "kube-controller-manager", _controller_manager(place, programs))
    daemons.start(place, "kube-scheduler", _scheduler(place, programs))


def start_etcd(place: Place) -> None:
    """Start etcd alone."""
    url = f"http://127.0.0.1:{place.etcd_port}"
    peer = f"http://127.0.0.1:{place.etcd_port + 1}"
    command = ["etcd", "--name", "maia-kube", "--data-dir", str(place.root / "etcd")]
    command += ["--listen-client-urls", url, "--advertise-client-urls", url]
    command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
    # What the tests write need not survive a power cut: without this every write waits for the disk.
    command += ["--initial-cluster", f"maia-kube={peer}", "--unsafe-no-fsync", "--logger", "zap"]
    daemons.start(place, "etcd", command)
    daemons.wait_for(place, "etcd", lambda: _ok(f"{url}/health"))


def start_api_server(place: Place, programs: Path) -> None:
    """Start the API server alone and wait until it is ready."""
    daemons.start(place, "kube-apiserver", _api_server(place, programs))
    daemons.wait_for(place, "kube-apiserver", lambda: ready(place))


def restart_api_server(place: Place, programs: Path) -> None:
    """Start an API server that was killed.

    A scheduler that outlives it may read an older state from the new one's cache, take its own memory for corrupted
    and exit. Elsewhere its kubelet starts it again; here nobody would, so it is started anew at once.
    """
    start_api_server(place, programs)
    daemons.stop(place, "kube-scheduler")
    daemons.start(place, "kube-scheduler", _scheduler(place, programs))


def ready(place: Place) -> bool:
    """Say whether the API server calls itself ready."""
    trust = ssl.create_default_context(cafile=str(place.root / "pki" / "ca.crt"))
    return _ok(f"{place.server}/readyz", trust)


def _api_server(place: Place, programs: Path) -> list[str]:
    pki = place.root / "pki"
    return [
        str(programs / "kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{place.etcd_port}",
        f"--advertise-address={place.address}",
        # An address on loopback cannot be written into the Service `kubernetes`.
        *([] if place.bridge else ["--endpoint-reconciler-type=none"]),
        f"--bind-address={place.address}",
        f"--secure-port={place.api_port}",
        f"--service-cluster-ip-range={place.services}",
        f"--service-account-issuer=https://kubernetes.default.svc.{place.domain}",
        f"--service-account-key-file={pki / 'service-account.key'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--tls-cert-file={pki / 'server.crt'}",
        f"--tls-private-key-file={pki / 'server.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        f"--kubelet-client-certificate={pki / 'apiserver-kubelet.crt'}",
        f"--kubelet-client-key={pki / 'apiserver-kubelet.key'}",
        # Without it logs and exec ask for the node by its name, which no resolver knows.
        "--kubelet-preferred-address-types=InternalIP",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--audit-policy-file={_audit_policy(place)}",
        f"--audit-log-path={place.root / 'logs' / 'audit.log'}",
        "--audit-log-maxsize=50",
        "--audit-log-maxbackup=1",
        *place.api_options,
    ]


def _audit_policy(place: Place) -> Path:
    path = place.root / "audit-policy.yaml"
    path.write_text(
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\n"
        "rules:\n"
        "- {level: None, users: ['system:kube-controller-manager', 'system:kube-scheduler', 'system:apiserver']}\n"
        "- {level: None, userGroups: ['system:nodes', 'system:masters', 'system:serviceaccounts:kube-system']}\n"
        "- {level: Metadata}\n"
    )
    return path


def _controller_manager(place: Place, programs: Path) -> list[str]:
    pki = place.root / "pki"
    return [
        str(programs / "kube-controller-manager"),
        f"--kubeconfig={place.root / 'kube-controller-manager.kubeconfig'}",
        f"--root-ca-file={pki / 'ca.crt'}",
        f"--service-account-private-key-file={pki / 'service-account.key'}",
        f"--cluster-signing-cert-file={pki / 'ca.crt'}",
        f"--cluster-signing-key-file={pki / 'ca.key'}",
        "--use-service-account-credentials=true",
        "--allocate-node-cidrs=false",
        "--leader-elect=false",
        "--secure-port=0",  # nobody asks it anything
        # Volumes by claim, as a folder of this machine.
        "--enable-hostpath-provisioner=true",
    ]


def _scheduler(place: Place, programs: Path) -> list[str]:
    return [
        str(programs / "kube-scheduler"),
        f"--kubeconfig={place.root / 'kube-scheduler.kubeconfig'}",
        "--leader-elect=false",
        "--secure-port=0",  # nobody asks it anything
    ]


def _ok(url: str, trust: ssl.SSLContext | None = None) -> bool:
    try:
        return httpx.get(url, timeout=2, verify=trust or True, trust_env=False).is_success
    except httpx.HTTPError:
        return False
