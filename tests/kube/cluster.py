"""The cluster as a whole: up, down, and what state it is in."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from tests.kube import certificates, control, daemons, dns, images, network, node, packages, traces
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.kube.programs import COREDNS, KUBERNETES_PROGRAMS, folder_of

DISPOSABLE = "maia.io/disposable"


class NotReady(RuntimeError):
    """The cluster did not come up; the message says what was being waited for."""


def start() -> Place:
    """Bring up what this machine can run, a control plane alone if it cannot run a node, and say so.

    Raises:
        NotReady, DaemonDied, NoPrograms, NotInstalled: with what to do about it.
    """
    why = "; ".join(node.missing())
    if not why:
        try:
            up(Place())
        except (NotReady, daemons.DaemonDied) as error:
            why = str(error)
            down(Place())
        else:
            return Place()
    sys.stderr.write(f"· No node: {why}. Kubernetes' control plane runs alone, and no pod is ever started.\n")
    up(Place.without_node())
    return Place.without_node()


def up(place: Place) -> None:
    """Bring the cluster up, or what is missing of it; a cluster that runs is left as it is.

    Raises:
        NotReady, DaemonDied, NoPrograms, NotInstalled: with what to do about it.
    """
    packages.ensure(packages.CONTROL_PLANE)
    programs = folder_of(KUBERNETES_PROGRAMS)
    for folder in ("daemons", "logs"):
        (place.root / folder).mkdir(parents=True, exist_ok=True)
    place.run.mkdir(exist_ok=True)
    if place.bridge:
        traces.note(place)
        network.up(place)
    if not place.kubeconfig.exists():
        certificates.make(place)
    control.start(place, programs)
    Kube(place.kubeconfig, place).apply(_disposable(), _storage())
    if place.bridge:
        _node_up(place, programs)


def _node_up(place: Place, programs: Path) -> None:
    names = folder_of(COREDNS)
    node.start_containerd(place)
    images.pause(place)
    node.start_kubelet(place, programs)
    node.start_proxy(place, programs)
    Kube(place.kubeconfig, place).apply(*dns.objects(place))
    dns.start(place, names)
    _wait_for_node(place)


def down(place: Place) -> None:
    """End the cluster and remove every trace of it from this machine; what was built for it stays in the cache."""
    for name in ("coredns", "kwok", *node.NAMES, *control.NAMES):
        daemons.kill(place, name)
    if place.bridge:
        _node_down(place)
    for folder in (place.root, place.run, Path("/run/maia-kube-images")):
        shutil.rmtree(folder, ignore_errors=True)


def _node_down(place: Place) -> None:
    _end_containers(place)
    _unmount(place)
    network.down(place)
    _remove_cgroups()
    traces.remove(place)


def _disposable() -> dict[str, Any]:
    """Return the mark by which the tests know that they may do as they like with this cluster."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "kube-system", "labels": {DISPOSABLE: "true"}},
    }


def _storage() -> dict[str, Any]:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "folder",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/host-path",
    }


def _wait_for_node(place: Place, timeout: float = 120) -> None:
    give_up = time.monotonic() + timeout
    while True:
        for item in Kube(place.kubeconfig, place).get("nodes")["items"]:
            conditions = {each["type"]: each["status"] for each in item["status"].get("conditions", [])}
            if item["metadata"]["name"] == place.node and conditions.get("Ready") == "True":
                return
        if not daemons.running(place, "kubelet") or time.monotonic() > give_up:
            raise NotReady(f"the node is not ready; see {place.root}/logs/kubelet.log")
        time.sleep(0.3)


def _end_containers(place: Place) -> None:
    """End what runs in pods: the shims outlive containerd, so they are found by the socket they were given."""
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if str(place.containerd) in command and "containerd-shim" in command[0]:
            family = [*process.children(recursive=True), process]
            for each in family:
                each.kill()
            daemons.ended(family)


def _unmount(place: Place) -> None:
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if mount.startswith((f"{place.root}/", f"{place.run}/")):
            subprocess.run(["umount", "--lazy", mount], check=False)
    spaces = Path("/run/netns")
    for space in spaces.glob("cni-*"):
        subprocess.run(["ip", "netns", "del", space.name], check=False)


def _remove_cgroups() -> None:
    for top in [*node.CGROUPS.glob("*/kubepods"), node.CGROUPS / "kubepods"]:
        folders = (
            sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True) if top.exists() else []
        )
        for folder in [*folders, *([top] if top.exists() else [])]:
            try:
                folder.rmdir()
            except OSError as error:
                sys.stderr.write(f"a cgroup stays behind: {folder} ({error.strerror})\n")
