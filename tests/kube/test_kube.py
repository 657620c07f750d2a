"""The cluster that everything else is tried on is a real one."""

from __future__ import annotations

import json
import time

import pytest

from tests.kube import gpus, running
from tests.kube.kube import Kube
from tests.kube.place import KUBERNETES


def test_the_api_is_kubernetes_and_its_node_runs_pods(kube: Kube, node: str) -> None:
    said = json.loads(kube.kubectl("version", "-o", "json"))
    assert said["serverVersion"]["gitVersion"] == KUBERNETES
    found = kube.get("node", node)
    assert found["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://")


def test_a_node_allocates_the_gpus_it_is_given(kube: Kube, node: str) -> None:
    gpus.give(kube, node, {gpus.GPU: 3}, {"nvidia.com/gpu.product": "NVIDIA-A40"})
    time.sleep(12)  # the kubelet writes its status meanwhile, and must leave them
    found = kube.get("node", node)
    assert found["status"]["allocatable"][gpus.GPU] == "3"
    gpus.give(kube, node, {gpus.GPU: 0})


def test_a_cluster_that_is_not_marked_as_disposable_is_refused(
    kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kube.kubeconfig))
    kube.kubectl("label", "namespace", "kube-system", "maia.io/disposable-")
    try:
        with pytest.raises(running.NotDisposable, match="tests may not use"), running.running():
            pass
    finally:
        kube.kubectl("label", "namespace", "kube-system", "maia.io/disposable=true")
