"""A container that asks for no GPU is told that it has none, also while nothing of ours runs."""

from __future__ import annotations

import json
from typing import Any

from tests.admission.conftest import MANAGED, OTHER, Pods
from tests.kube.kube import Kube

CUDA = {
    "image": "cuda",
    "env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}, {"name": "A", "value": "b"}],
}
WITH_GPU = {"name": "gpu", "image": "cuda", "resources": {"limits": {"nvidia.com/gpu": "1"}}}


def visible(container: dict[str, Any]) -> str | None:
    found = [
        each.get("value") for each in container.get("env", []) if each["name"] == "NVIDIA_VISIBLE_DEVICES"
    ]
    return found[0] if found else None


def test_every_container_and_init_container_is_told(policies: Pods) -> None:
    spec = {
        "containers": [{"name": "a", **CUDA}, {"name": "b", "image": "x"}],
        "initContainers": [{"name": "c", **CUDA}],
    }
    made = policies.create(spec)["spec"]
    assert [visible(each) for each in (*made["containers"], *made["initContainers"])] == ["void"] * 3
    assert {"name": "A", "value": "b"} in made["containers"][0]["env"]


def test_a_container_with_a_gpu_is_left_to_the_device_plugin(policies: Pods) -> None:
    made = policies.create({"containers": [WITH_GPU, {"name": "b", **CUDA}]})["spec"]["containers"]
    assert [visible(each) for each in made] == [None, "void"]


def test_other_namespaces_are_not_touched(policies: Pods) -> None:
    made = policies.create({"containers": [{"name": "a", **CUDA}]}, OTHER)["spec"]["containers"]
    assert visible(made[0]) == "all"


def test_a_container_that_is_added_for_debugging_is_told_too(policies: Pods, kube: Kube) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "running"},
        "spec": {"containers": [{"name": "a", "image": "x"}]},
    }
    kube.kubectl("create", "-n", MANAGED, "-f", "-", given=json.dumps(pod))
    try:
        added = {"spec": {"ephemeralContainers": [{"name": "debug", **CUDA}]}}
        kube.kubectl(
            "patch",
            "pod",
            "running",
            "-n",
            MANAGED,
            "--subresource=ephemeralcontainers",
            "-p",
            json.dumps(added),
        )
        (debug,) = kube.get("pod", "running", "-n", MANAGED)["spec"]["ephemeralContainers"]
        assert visible(debug) == "void"
    finally:
        kube.kubectl("delete", "pod", "running", "-n", MANAGED, "--grace-period=0", "--force")
