"""What would reach a GPU or the node past the scheduler's count is refused, in words that say what to do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admission.conftest import OTHER, Pods
from tests.kube.kube import Kube

PLAIN: dict[str, Any] = {"name": "a", "image": "x"}
GPU = {"limits": {"nvidia.com/gpu": "1"}}
SETS = [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]
TAKES = {"configMapRef": {"name": "x"}}

REFUSED = {
    "privileged": (
        {"containers": [{**PLAIN, "securityContext": {"privileged": True}}]},
        "Privileged containers",
    ),
    "privileged init": (
        {
            "containers": [PLAIN],
            "initContainers": [{**PLAIN, "name": "b", "securityContext": {"privileged": True}}],
        },
        "Privileged containers",
    ),
    "host path": (
        {"containers": [PLAIN], "volumes": [{"name": "v", "hostPath": {"path": "/dev"}}]},
        "PersistentVolumeClaim",
    ),
    "devices by mount": (
        {
            "containers": [
                {
                    **PLAIN,
                    "volumeMounts": [{"name": "v", "mountPath": "/var/run/nvidia-container-devices/all"}],
                }
            ],
            "volumes": [{"name": "v", "emptyDir": {}}],
        },
        "by a mount",
    ),
    "more devices by env": (
        {"containers": [{**PLAIN, "resources": GPU, "env": SETS}]},
        "remove NVIDIA_VISIBLE_DEVICES",
    ),
    "more devices by envFrom": (
        {"containers": [{**PLAIN, "resources": GPU, "envFrom": [TAKES]}]},
        "a prefix",
    ),
    "dynamic resource allocation": (
        {"containers": [PLAIN], "resourceClaims": [{"name": "g", "resourceClaimName": "g"}]},
        "under resources.limits",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_managed_namespaces_alone(policies: Pods, name: str) -> None:
    spec, words = REFUSED[name]
    with pytest.raises(RuntimeError, match=words):
        policies.create(spec)
    policies.create(spec, OTHER)


def test_devices_by_an_annotation_are_refused(policies: Pods) -> None:
    with pytest.raises(RuntimeError, match=r"Remove the annotations cdi\.k8s\.io"):
        policies.create({"containers": [PLAIN]}, annotations={"cdi.k8s.io/x": "nvidia.com/gpu=all"})


def test_a_runtime_class_that_is_not_listed_is_refused_with_those_that_are(
    policies: Pods, kube: Kube
) -> None:
    kata = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "kata"},
        "handler": "kata",
    }
    kube.apply(kata)
    try:
        with pytest.raises(RuntimeError, match=r"runtime class kata is not allowed .* Allowed: nvidia\."):
            policies.create({"containers": [PLAIN], "runtimeClassName": "kata"})
    finally:
        kube.kubectl("delete", "runtimeclass", "kata")


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [PLAIN], "volumes": [{"name": "v", "emptyDir": {}}]},
        {"containers": [{**PLAIN, "resources": GPU, "envFrom": [{**TAKES, "prefix": "MLFLOW_"}]}]},
        {"containers": [{**PLAIN, "envFrom": [TAKES]}]},
        {"containers": [{**PLAIN, "securityContext": {"privileged": False}}]},
    ],
)
def test_an_ordinary_pod_passes(policies: Pods, spec: dict[str, Any]) -> None:
    assert policies.create(spec)["spec"]["containers"]
