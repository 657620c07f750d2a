"""The node: containerd, kubelet and kube-proxy as processes of this machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import yaml

from tests.kube import daemons, packages
from tests.kube.place import Place
from tests.packages import NotInstalled

NAMES = ("kube-proxy", "kubelet", "containerd")
PAUSE = "localhost/maia-kube/pause:1"
CGROUPS = Path("/sys/fs/cgroup")


def missing() -> list[str]:
    """Return what keeps this machine from running a kubelet, in words; nothing if it can."""
    if os.geteuid() != 0:
        return ["it needs root"]
    reasons = []
    if not any(CGROUPS.glob("*/cgroup.procs")) and not (CGROUPS / "cgroup.controllers").exists():
        reasons.append(f"no cgroup hierarchy is mounted at {CGROUPS}")
    try:
        packages.ensure(packages.NODE)
    except NotInstalled as error:
        reasons.append(str(error))
    return reasons


def start_containerd(place: Place) -> None:
    """Start containerd and wait for its socket."""
    configuration = place.root / "containerd.toml"
    configuration.write_text(_containerd(place))
    daemons.start(place, "containerd", ["containerd", "--config", str(configuration)])
    daemons.wait_for(place, "containerd", lambda: _answers(place))


def start_kubelet(place: Place, programs: Path) -> None:
    """Start the kubelet."""
    configuration = place.root / "kubelet.yaml"
    configuration.write_text(yaml.safe_dump(_kubelet(place)))
    resolver = place.root / "resolv.conf"
    resolver.write_text(f"nameserver {place.address}\n")
    command = [
        str(programs / "kubelet"),
        f"--kubeconfig={place.root / 'kubelet.kubeconfig'}",
        f"--config={configuration}",
        f"--root-dir={place.root / 'kubelet'}",
        f"--cert-dir={place.root / 'kubelet-pki'}",
        f"--hostname-override={place.node}",
        # Its own address, not loopback: the API server reaches it there for logs and exec.
        f"--node-ip={place.address}",
    ]
    daemons.start(place, "kubelet", command)


def start_proxy(place: Place, programs: Path) -> None:
    """Start kube-proxy."""
    configuration = place.root / "kube-proxy.yaml"
    if not daemons.running(
        place, "kube-proxy"
    ):  # one that runs ends itself when its configuration is written
        configuration.write_text(yaml.safe_dump(_proxy(place)))
    daemons.start(place, "kube-proxy", [str(programs / "kube-proxy"), f"--config={configuration}"])


def ctr(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run containerd's own client in Kubernetes' namespace."""
    command = ["ctr", "--address", str(place.containerd), "--namespace", "k8s.io", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _answers(place: Place) -> bool:
    return place.containerd.exists() and ctr(place, "version").returncode == 0


def _containerd(place: Place) -> str:
    return f"""version = 2
root = "{place.root}/containerd"
state = "{place.run}/containerd"
[grpc]
  address = "{place.containerd}"
[ttrpc]
  address = "{place.run}/containerd.ttrpc.sock"
[debug]
  level = "warn"
[plugins."io.containerd.internal.v1.opt"]
  path = "{place.root}/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  # Without CAP_SYS_RESOURCE runc cannot lower a container's OOM score and dies without a word.
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{place.root}/cni"
"""


def _kubelet(place: Place) -> dict[str, object]:
    pki = place.root / "pki"
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": place.address,
        "containerRuntimeEndpoint": f"unix://{place.containerd}",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "podLogsDir": str(place.root / "pod-logs"),
        "resolvConf": str(place.root / "resolv.conf"),
        "clusterDNS": [place.dns_service],
        "clusterDomain": place.domain,
        "authentication": {
            "x509": {"clientCAFile": str(pki / "ca.crt")},
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(pki / "server.crt"),
        "tlsPrivateKeyFile": str(pki / "server.key"),
        # The machine's disk is shared with others: neither its filling nor old images are the tests' business.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "maxPods": 200,
        "registerNode": True,
        "healthzBindAddress": "127.0.0.1",
    }


def _proxy(place: Place) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(place.root / "kube-proxy.kubeconfig")},
        "clusterCIDR": place.pods,
        "hostnameOverride": place.node,
        "bindAddress": place.address,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
