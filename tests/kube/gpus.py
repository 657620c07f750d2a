"""Simulated GPUs: extended resources of a node, which scheduler, kubelet and quota count like real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.kube.kube import Kube

GPU = "nvidia.com/gpu"


def give(kube: Kube, node: str, counts: Mapping[str, int], labels: Mapping[str, str] | None = None) -> None:
    """Give a node so many of each resource (0 takes them away) and its labels, as device plugins and GPU feature
    discovery do; what the node offered is followed by what it can allocate at once.
    """
    if labels:
        kube.kubectl(
            "label", "--overwrite", "node", node, *(f"{key}={value}" for key, value in labels.items())
        )
    numbers = {resource: str(count) for resource, count in counts.items()}
    patch = {"status": {"capacity": numbers, "allocatable": numbers}}
    kube.kubectl("patch", "node", node, "--subresource=status", "--type=merge", "-p", json.dumps(patch))


def of_pod(pod: Mapping[str, Any]) -> int:
    """Return how many GPUs a pod's first container, a user's server, has."""
    limits = pod["spec"]["containers"][0].get("resources", {}).get("limits") or {}
    return int(limits.get(GPU, 0))
