"""Whatever a profile, the configuration or a hook adds to a pod: without a GPU's grant it gets none.

The leaks are those that others had: a profile's GPU that outlives the choice, GPU settings left on CPU servers,
tolerations and selectors that only GPUs needed.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import pytest
from kubernetes_asyncio.client import ApiClient
from traitlets.config import Config

from maia_hub.client.models import GpuModel, Grant
from maia_spawner.manifest import NO_GPU, granted
from maia_spawner.spawner import MaiaSpawner

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("no_cluster")]

ALL = {"NVIDIA_VISIBLE_DEVICES": "all", "CUDA_VISIBLE_DEVICES": "0,1"}
GREEDY = {
    "name": "greedy",
    "image": "cuda",
    "env": [{"name": name, "value": value} for name, value in ALL.items()],
    "resources": {"limits": {"nvidia.com/gpu": "1"}, "requests": {"nvidia.com/gpu": "1"}},
}
LEAKS: dict[str, dict[str, Any]] = {
    "limits": {"extra_resource_limits": {"nvidia.com/gpu": "1"}},
    "guarantees": {"extra_resource_guarantees": {"nvidia.com/gpu": "1"}},
    "mig": {"extra_resource_limits": {"nvidia.com/mig-1g.5gb": "2"}},
    "amd": {"extra_resource_limits": {"amd.com/gpu": "1"}},
    "two products": {"extra_resource_limits": {"nvidia.com/gpu": "1", "amd.com/gpu": "1"}},
    "extra containers": {"extra_containers": [GREEDY]},
    "init containers": {"init_containers": [GREEDY]},
    "environment": {"environment": ALL},
    "container config": {"extra_container_config": {"resources": {"limits": {"nvidia.com/gpu": "1"}}}},
    "pod config": {
        "extra_pod_config": {
            "runtimeClassName": "nvidia",
            "resourceClaims": [{"name": "gpu", "resourceClaimName": "shared"}],
        }
    },
    "node selector": {"node_selector": {"nvidia.com/gpu.product": "A100"}},
    "tolerations": {"tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]},
    "affinity": {
        "node_affinity_required": [
            {"matchExpressions": [{"key": "nvidia.com/gpu.present", "operator": "Exists"}]}
        ]
    },
}


def grant(kind: str, resource: str | None = None, count: int = 0) -> Grant:
    gpus = [
        GpuModel(id=f"n/{resource}/{i}", node="n", index=i, product="A100", memory=1, simulated=True)
        for i in range(count)
    ]
    now = datetime.now(timezone.utc)
    return Grant(id=uuid4(), kind=kind, reason="", since=now, gpus=gpus, node="n", resource=resource)  # type: ignore[arg-type]


async def made(config: Config, given: Grant, profile: str | None = None) -> dict[str, Any]:
    """Return the spec of the pod that a start with that grant would create."""
    make: Any = MaiaSpawner
    spawner = make(config=config, _mock=True)
    spawner.user_options = {"profile": profile} if profile else {}
    spawner.grant = given
    await spawner.load_user_options()
    pod = await spawner.get_pod_manifest()
    document = ApiClient.sanitize_for_serialization(ApiClient.__new__(ApiClient), pod)
    spec: dict[str, Any] = granted(document, spawner._given(), spawner._rules())["spec"]
    return spec


def configured(how: str, settings: dict[str, Any]) -> tuple[Config, str | None]:
    """Return the settings as the site's own, or as those of a profile."""
    config = Config()
    if how == "site":
        for name, value in settings.items():
            config.MaiaSpawner[name] = value
        return config, None
    chosen = {"display_name": "GPU", "slug": "gpu", "kubespawner_override": settings}
    config.MaiaSpawner.profile_list = [{"display_name": "CPU", "slug": "cpu"}, chosen]
    return config, "gpu"


def gpus_in(spec: dict[str, Any]) -> list[tuple[str, str, str]]:
    containers = [*(spec.get("initContainers") or []), *spec["containers"]]
    return [
        (each["name"], name, count)
        for each in containers
        for name, count in ((each.get("resources") or {}).get("limits") or {}).items()
        if "/" in name
    ]


@pytest.mark.parametrize("how", ["site", "profile"])
@pytest.mark.parametrize("leak", LEAKS)
async def test_a_cpu_server_has_nothing_of_a_gpu(leak: str, how: str) -> None:
    config, profile = configured(how, LEAKS[leak])
    spec = await made(config, grant("cpu"), profile)
    assert gpus_in(spec) == []
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        told = {each["name"]: each.get("value", "") for each in container["env"]}
        assert {name: told[name] for name in NO_GPU} == NO_GPU
    assert "nvidia.com" not in str(spec.get("nodeSelector")) + str(spec.get("tolerations"))
    assert "nvidia.com" not in str(spec.get("affinity"))
    assert "runtimeClassName" not in spec
    assert "resourceClaims" not in spec


@pytest.mark.parametrize(
    ("resource", "count"),
    [
        ("nvidia.com/gpu", 1),
        ("nvidia.com/gpu", 4),
        ("nvidia.com/mig-1g.5gb", 2),
        ("nvidia.com/gpu.shared", 1),
        ("amd.com/gpu", 2),
    ],
)
@pytest.mark.parametrize(
    "leak", ["limits", "mig", "amd", "two products", "init containers", "extra containers"]
)
async def test_a_gpu_server_has_the_granted_ones_alone(leak: str, resource: str, count: int) -> None:
    config, profile = configured("profile", LEAKS[leak])
    spec = await made(config, grant("booked", resource, count), profile)
    assert gpus_in(spec) == [("notebook", resource, str(count))]
    assert {"key": resource, "operator": "Exists", "effect": "NoSchedule"} in spec["tolerations"]


async def test_a_choice_of_another_profile_leaves_nothing_behind() -> None:
    config, _ = configured("profile", LEAKS["limits"])
    assert gpus_in(await made(config, grant("cpu"), "cpu")) == []
