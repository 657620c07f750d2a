"""A container that asks for no GPU is told that it has none, also while nothing of ours runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.admission.conftest import MANAGED, OTHER, Pods
from tests.kube import images
from tests.kube.kube import Kube
from tests.kube.place import Place

CUDA_IMAGE = "localhost/maia-hub/cuda:test"

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


def test_a_cuda_image_runs_without_a_gpu(policies: Pods, kube: Kube, node: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {images.BASE}\nENV NVIDIA_VISIBLE_DEVICES=all\n")
    images.load(kube.place or Place(), images.build(tmp_path / "Dockerfile", tmp_path, CUDA_IMAGE))
    tells = {
        "image": CUDA_IMAGE,
        "imagePullPolicy": "Never",
        "command": ["printenv", "NVIDIA_VISIBLE_DEVICES"],
    }
    spec = {
        "restartPolicy": "Never",
        "containers": [{"name": "main", **tells}, {"name": "beside", **tells}],
        "initContainers": [{"name": "first", **tells}],
    }
    for namespace, told in ((MANAGED, "void"), (OTHER, "all")):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "cuda"}, "spec": spec}
        kube.kubectl("create", "-n", namespace, "-f", "-", given=json.dumps(pod))
        done = ("wait", "pod", "cuda", "-n", namespace, "--for=jsonpath={.status.phase}=Succeeded")
        kube.kubectl(*done, "--timeout=60s")
        for container in ("first", "main", "beside"):
            assert kube.kubectl("logs", "-n", namespace, "cuda", "-c", container).strip() == told
        kube.kubectl("delete", "pod", "cuda", "-n", namespace, "--grace-period=0", "--force")


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
