"""The names of a cluster's machines, parts and GPUs tell what they are."""

from __future__ import annotations

import pytest

from maia_hub.core.ids import GpuId
from maia_hub.core.machines import gpu_of, machine_of, node_of, resource_of

RESOURCES = {
    "nvidia.com/gpu": "gpu-07",
    "nvidia.com/gpu.shared": "gpu-07:gpu.shared",
    "nvidia.com/mig-1g.10gb": "gpu-07:mig-1g.10gb",
    "amd.com/gpu": "gpu-07:amd-gpu",
    "amd.com/cpx_nps4": "gpu-07:amd-cpx_nps4",
}


@pytest.mark.parametrize(("resource", "node"), RESOURCES.items())
def test_a_machine_is_a_node_for_each_of_its_resources(resource: str, node: str) -> None:
    assert node_of("gpu-07", resource) == node
    assert machine_of(node_of("gpu-07", resource)) == "gpu-07"


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_gpu_tells_by_which_resource_it_is_counted(resource: str) -> None:
    assert resource_of(gpu_of("gpu-07.ward.example.org", resource, 3)) == resource


@pytest.mark.parametrize("device", ["GPU-8f2c", "MIG-3d1e", "SIM-0", "a/b/0", "a/b", "/nvidia.com/gpu/0"])
def test_a_device_that_kubernetes_does_not_count_has_no_resource(device: str) -> None:
    assert resource_of(GpuId(device)) is None
