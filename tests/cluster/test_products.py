"""What a resource is, as the vendors' tools label it."""

from __future__ import annotations

import pytest

from maia_hub.cluster.products import Product, product_of

MIB, GIB = 1024**2, 1024**3
A100 = "NVIDIA-A100-SXM4-40GB"

NVIDIA = [
    pytest.param(
        "nvidia.com/gpu",
        {"nvidia.com/gpu.product": A100, "nvidia.com/gpu.memory": "40960", "nvidia.com/gpu.replicas": "1"},
        Product(name=A100, memory=40960 * MIB),
        id="a whole GPU",
    ),
    pytest.param("nvidia.com/gpu", {}, Product(name="NVIDIA-GPU"), id="nothing labelled"),
    pytest.param(
        "nvidia.com/gpu",
        {
            "nvidia.com/gpu.product": f"{A100}-SHARED",
            "nvidia.com/gpu.memory": "40960",
            "nvidia.com/gpu.replicas": "4",
            "nvidia.com/gpu.sharing-strategy": "time-slicing",
        },
        Product(name=f"{A100} shared by 4", memory=40960 * MIB),
        id="time slicing leaves everybody all memory",
    ),
    pytest.param(
        "nvidia.com/gpu.shared",
        {
            "nvidia.com/gpu.product": A100,
            "nvidia.com/gpu.memory": "40960",
            "nvidia.com/gpu.replicas": "4",
            "nvidia.com/gpu.sharing-strategy": "mps",
        },
        Product(name=f"{A100} shared by 4", memory=10240 * MIB),
        id="renamed, and MPS divides the memory",
    ),
    pytest.param(
        "nvidia.com/gpu",
        {"nvidia.com/gpu.product": "Tesla-T4-SHARED"},
        Product(name="Tesla-T4 shared"),
        id="shared by nobody knows how many",
    ),
    pytest.param(
        "nvidia.com/mig-1g.10gb",
        {
            "nvidia.com/gpu.product": "NVIDIA-H200",
            "nvidia.com/mig-1g.10gb.product": "NVIDIA-H200-MIG-1g.10gb",
            "nvidia.com/mig-1g.10gb.memory": "9856",
            "nvidia.com/mig-1g.10gb.replicas": "1",
        },
        Product(name="NVIDIA-H200", memory=9856 * MIB, mig_profile="1g.10gb"),
        id="MIG, strategy mixed",
    ),
    pytest.param(
        "nvidia.com/mig-1g.10gb.shared",
        {"nvidia.com/mig-1g.10gb.product": "NVIDIA-H200-MIG-1g.10gb", "nvidia.com/mig-1g.10gb.replicas": "3"},
        Product(name="NVIDIA-H200 shared by 3", mig_profile="1g.10gb"),
        id="a MIG instance that is shared",
    ),
    pytest.param(
        "nvidia.com/gpu",
        {
            "nvidia.com/gpu.product": f"{A100}-MIG-1g.5gb",
            "nvidia.com/gpu.memory": "4864",
            "nvidia.com/mig.strategy": "single",
        },
        Product(name=f"{A100}-MIG-1g.5gb", memory=4864 * MIB),
        id="MIG, strategy single: the resource is the whole GPU's",
    ),
]
AMD = [
    pytest.param(
        "amd.com/gpu",
        {"amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM", "amd.com/gpu.vram": "192G"},
        Product(name="AMD Instinct MI300X OAM", memory=192 * GIB),
        id="all alike",
    ),
    pytest.param(
        "amd.com/gpu",
        {"beta.amd.com/gpu.family.AI": "2", "beta.amd.com/gpu.vram.16G": "2"},
        Product(name="AMD GPU AI", memory=16 * GIB),
        id="an older labeller",
    ),
    pytest.param(
        "amd.com/gpu",
        {
            "amd.com/gpu.product-name.AMD_Instinct_MI250": "1",
            "amd.com/gpu.product-name.AMD_Instinct_MI210": "1",
            "amd.com/gpu.vram.64G": "1",
            "amd.com/gpu.vram.128G": "1",
        },
        Product(name="AMD Instinct MI210 or AMD Instinct MI250", memory=64 * GIB),
        id="two products that nobody can choose between",
    ),
    pytest.param(
        "amd.com/gpu",
        {"amd.com/gpu.product-name": "MI300X", "amd.com/compute-memory-partition": "cpx_nps4"},
        Product(name="AMD MI300X cpx_nps4"),
        id="partitioned, strategy single",
    ),
    pytest.param(
        "amd.com/cpx_nps1",
        {"amd.com/gpu.product-name": "MI300X"},
        Product(name="AMD MI300X cpx_nps1"),
        id="partitioned, strategy mixed",
    ),
    pytest.param(
        "amd.com/spx_nps1",
        {"amd.com/gpu.product-name": "MI300X"},
        Product(name="AMD MI300X"),
        id="one partition is the whole",
    ),
    pytest.param("amd.com/gpu", {}, Product(name="AMD GPU"), id="nothing labelled"),
]


@pytest.mark.parametrize(("resource", "labels", "product"), NVIDIA + AMD)
def test_the_labels_tell_what_a_resource_is(resource: str, labels: dict[str, str], product: Product) -> None:
    assert product_of(resource, labels) == product


@pytest.mark.parametrize(
    "resource",
    ["cpu", "memory", "pods", "nvidia.com/gpumem", "nvidia.com/mig-", "amd.com/nic", "example.com/gpu"],
)
def test_what_is_no_gpu_is_not_booked(resource: str) -> None:
    assert product_of(resource, {}) is None
