"""With bookings off MaiaSpawner is KubeSpawner to the letter: the same objects, options and methods."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from jupyterhub.utils import maybe_future
from kubernetes_asyncio.client import ApiClient
from kubespawner.spawner import KubeSpawner
from traitlets.config import Config

from maia_spawner.booked import BookedSpawner
from maia_spawner.spawner import MaiaSpawner

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("no_cluster")]

GPU = {"nvidia.com/gpu": "1"}
PROFILES = [
    {"display_name": "Small", "slug": "small", "default": True},
    {
        "display_name": "GPU",
        "slug": "gpu",
        "kubespawner_override": {
            "image": "cuda:1",
            "extra_resource_limits": GPU,
            "node_selector": {"gpu": "yes"},
        },
        "profile_options": {
            "cpus": {"display_name": "CPUs", "choices": {"4": {"kubespawner_override": {"cpu_limit": 4}}}},
        },
    },
]
SETTINGS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a GPU": {"extra_resource_limits": GPU, "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]},
    "storage": {
        "storage_pvc_ensure": True,
        "storage_capacity": "5Gi",
        "storage_class": "fast",
        "storage_extra_labels": {"user": "{username}"},
        "volumes": {"home": {"name": "home", "persistentVolumeClaim": {"claimName": "{pvc_name}"}}},
        "volume_mounts": {"home": {"name": "home", "mountPath": "/home/jovyan"}},
    },
    "containers": {
        "init_containers": {"first": {"name": "first", "image": "busybox"}},
        "extra_containers": [{"name": "side", "image": "busybox"}],
        "lifecycle_hooks": {"postStart": {"exec": {"command": ["true"]}}},
    },
    "security": {"uid": 1000, "gid": 1000, "fs_gid": 1000, "privileged": False, "service_account": "x"},
    "placement": {
        "node_selector": {"disk": "ssd"},
        "priority_class_name": "high",
        "scheduler_name": "other",
        "node_affinity_required": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}],
    },
    "raw parts": {
        "extra_pod_config": {"restartPolicy": "Always", "runtimeClassName": "nvidia"},
        "extra_container_config": {"command": ["tini", "--"]},
        "environment": {"NVIDIA_VISIBLE_DEVICES": "all"},
    },
    "profiles": {"profile_list": PROFILES},
    "a profile": {"profile_list": PROFILES, "user_options": {"profile": "gpu", "gpu--cpus": "4"}},
}


def spawner(kind: Any, settings: dict[str, Any]) -> Any:
    """Return a spawner of a class, configured as KubeSpawner always was."""
    config = Config()
    options = dict(settings)
    chosen = options.pop("user_options", {})
    for name, value in options.items():
        config.KubeSpawner[name] = value
    config.MaiaSpawner.booking_enabled = False
    made = kind(config=config, _mock=True)
    made.user_options = chosen
    return made


def document(thing: Any) -> Any:
    return ApiClient.sanitize_for_serialization(ApiClient.__new__(ApiClient), thing)


async def all_it_makes(made: Any) -> dict[str, Any]:
    await made.load_user_options()
    return {
        "pod": document(await made.get_pod_manifest()),
        "claim": document(made.get_pvc_manifest()),
        "form": await made.get_options_form(),
        "environment": made.get_env(),
        "state": made.get_state(),
        "grace": made.delete_grace_period,
    }


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
async def test_it_makes_the_same_objects(settings: dict[str, Any]) -> None:
    ours, stock = spawner(MaiaSpawner, settings), spawner(KubeSpawner, settings)
    assert await all_it_makes(ours) == await all_it_makes(stock)


async def test_it_reads_the_form_and_the_query_alike() -> None:
    settings = SETTINGS["profiles"]
    given = {"profile": ["gpu"], "profile-option-gpu--cpus": ["4"], "maia_choice": ["booked"]}
    ours, stock = spawner(MaiaSpawner, settings), spawner(KubeSpawner, settings)
    for made in (ours, stock):
        await made.get_options_form()
    read = [await maybe_future(made.run_options_from_form(given)) for made in (ours, stock)]
    assert read[0] == read[1]


async def test_every_setting_of_kubespawner_is_there_with_its_default() -> None:
    ours, stock = spawner(MaiaSpawner, {}), spawner(KubeSpawner, {})
    traits = stock.traits(config=True)
    assert set(traits) <= set(ours.traits(config=True))
    plain = [name for name in traits if not callable(getattr(stock, name))]
    assert {name: getattr(ours, name) for name in plain} == {name: getattr(stock, name) for name in plain}


async def test_whatever_it_overrides_can_be_called_as_before() -> None:
    for kind in (MaiaSpawner, BookedSpawner):
        for name, method in vars(kind).items():
            before = getattr(KubeSpawner, name, None)
            if inspect.isfunction(method) and inspect.isfunction(before):
                ours, stock = inspect.signature(method).parameters, inspect.signature(before).parameters
                assert [*ours] == [*stock], name
