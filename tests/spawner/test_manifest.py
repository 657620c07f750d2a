"""A pod and a grant become the pod that is created."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_asyncio.client import ApiClient
from kubespawner.objects import make_pod

from maia_hub.core import marks
from maia_hub.core.leases import GrantKind
from maia_spawner.manifest import Given, Rules, granted

RECORDED = Path(__file__).parent / "pods"
GRANT = "1f0e6a3c-7f7e-4a57-b2ce-3c5d0a1b9a11"

BOOKED = Given(
    id=GRANT,
    kind=GrantKind.BOOKED,
    resource="nvidia.com/gpu",
    count=2,
    node="gpu-node-1",
    deadline=7200,
    annotations={marks.SESSION: "{}", marks.BOOKING: "b", marks.UNTIL: "2026-03-02T16:00:00+00:00"},
    environment={"MAIA_GRANT": GRANT},
)
IDLE = Given(id=GRANT, kind=GrantKind.OPPORTUNISTIC, resource="nvidia.com/gpu", count=1, node="gpu-node-1")
CPU = Given(id=GRANT, kind=GrantKind.CPU, annotations={marks.SESSION: "{}"})


def stock(**further: Any) -> dict[str, Any]:
    """Return the pod that KubeSpawner makes, as the API takes it."""
    asked: dict[str, Any] = {
        "name": "jupyter-alice",
        "cmd": ["jupyterhub-singleuser"],
        "port": 8888,
        "image": "workspace:1",
        "image_pull_policy": "IfNotPresent",
        "env": {"HOME": "/home/alice"},
        "annotations": {"hub.jupyter.org/username": "alice"},
        "labels": {"component": "singleuser-server"},
        "volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": "claim-alice"}}],
        "volume_mounts": [{"name": "home", "mountPath": "/home/alice"}],
    }
    pod = make_pod(**{**asked, **further})
    made: dict[str, Any] = ApiClient.sanitize_for_serialization(ApiClient.__new__(ApiClient), pod)
    return made


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container.get("env", [])}


def resources_of(spec: dict[str, Any]) -> set[str]:
    containers = [*spec.get("initContainers", []), *spec["containers"]]
    parts = [c.get("resources", {}).get(part, {}) for c in containers for part in ("limits", "requests")]
    return {name for part in parts for name in part}


@pytest.mark.parametrize(("name", "given"), [("booked", BOOKED), ("opportunistic", IDLE), ("cpu", CPU)])
def test_the_whole_pod_is_as_recorded(name: str, given: Given) -> None:
    made = granted(stock(extra_resource_limits={"nvidia.com/gpu": "1"}), given, Rules())
    recorded = RECORDED / f"{name}.yaml"
    assert made == yaml.safe_load(recorded.read_text())


def test_what_is_given_leaves_the_pod_it_was_made_from_alone() -> None:
    pod = stock()
    before = yaml.safe_dump(pod)
    granted(pod, BOOKED, Rules())
    assert yaml.safe_dump(pod) == before


@pytest.mark.parametrize("given", [BOOKED, IDLE, CPU])
def test_no_container_but_the_notebooks_gets_a_gpu(given: Given) -> None:
    greedy = {
        "name": "greedy",
        "image": "cuda",
        "resources": {"limits": {"nvidia.com/gpu": "4", "memory": "1Gi"}},
    }
    made = granted(
        stock(extra_containers=[greedy], init_containers=[{**greedy, "name": "first"}]), given, Rules()
    )
    for container in (made["spec"]["containers"][1], made["spec"]["initContainers"][0]):
        assert container["resources"]["limits"] == {"memory": "1Gi"}
        assert environment(container)["NVIDIA_VISIBLE_DEVICES"] == "void"


@pytest.mark.parametrize(
    "resource",
    ["nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-1g.5gb", "amd.com/gpu", "gpu.intel.com/i915"],
)
def test_a_cpu_pod_has_no_gpu_of_any_kind(resource: str) -> None:
    pod = stock(extra_resource_limits={resource: "1"}, extra_resource_guarantees={resource: "1"}, cpu_limit=2)
    assert resources_of(granted(pod, CPU, Rules())["spec"]) == {"cpu"}


def test_a_cpu_pod_loses_what_only_the_gpu_needed_and_keeps_the_rest() -> None:
    def asks(key: str) -> dict[str, Any]:
        return {"matchExpressions": [{"key": key, "operator": "Exists"}]}

    pod = stock(
        node_selector={"nvidia.com/gpu.product": "A100", "accelerator": "a100", "disk": "ssd"},
        tolerations=[
            {"key": "nvidia.com/gpu", "operator": "Exists"},
            {"key": "jupyter", "operator": "Exists"},
        ],
        node_affinity_required=[asks("nvidia.com/gpu.present")],
        node_affinity_preferred=[
            {"weight": 1, "preference": asks("accelerator")},
            {"weight": 2, "preference": asks("disk")},
        ],
        extra_pod_config={"runtimeClassName": "nvidia"},
    )
    spec = granted(pod, CPU, Rules(gpu_keys=frozenset({"accelerator"})))["spec"]
    assert spec["nodeSelector"] == {"disk": "ssd"}
    assert [each["key"] for each in spec["tolerations"]] == ["jupyter"]
    assert spec["affinity"]["nodeAffinity"] == {
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 2, "preference": asks("disk")}]
    }
    assert "runtimeClassName" not in spec


def test_a_gpu_pod_goes_to_the_bookings_node_whatever_else_it_asks_for() -> None:
    ssd = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
    fast = {"matchExpressions": [{"key": "net", "operator": "In", "values": ["fast"]}]}
    spec = granted(stock(node_affinity_required=[ssd, fast]), BOOKED, Rules())["spec"]
    node = [{"key": "metadata.name", "operator": "In", "values": ["gpu-node-1"]}]
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert required["nodeSelectorTerms"] == [{**ssd, "matchFields": node}, {**fast, "matchFields": node}]


def test_a_profile_cannot_keep_the_gpus_it_asked_for_beside_those_of_the_grant() -> None:
    made = granted(stock(extra_resource_limits={"nvidia.com/mig-3g.20gb": "1"}), BOOKED, Rules())
    assert made["spec"]["containers"][0]["resources"]["limits"] == {"nvidia.com/gpu": "2"}


def test_marks_of_ours_that_came_from_elsewhere_are_removed() -> None:
    pod = stock(labels={"maia.io/grant": "forged", "x": "y"}, annotations={"maia.io/until": "9999", "z": "1"})
    made = granted(pod, CPU, Rules())["metadata"]
    assert made["labels"] == {"x": "y", "maia.io/grant": GRANT, "maia.io/kind": "cpu"}
    assert made["annotations"] == {"z": "1", "maia.io/session": "{}"}


def test_an_image_without_the_supervisor_starts_as_it_is() -> None:
    made = granted(stock(), BOOKED, Rules(supervised=False))["spec"]["containers"][0]
    assert "command" not in made
    assert made["args"] == ["jupyterhub-singleuser"]


@pytest.mark.parametrize(("given", "seconds"), [(BOOKED, 5), (IDLE, 25), (CPU, 25)])
def test_without_the_supervisor_nothing_holds_a_booked_gpu_for_long_after_its_end(
    given: Given, seconds: int
) -> None:
    assert granted(stock(), given, Rules())["spec"]["terminationGracePeriodSeconds"] == 25
    alone = granted(stock(), given, Rules(supervised=False))["spec"]
    assert alone["terminationGracePeriodSeconds"] == seconds


def test_a_command_that_a_profile_set_runs_below_the_supervisor() -> None:
    pod = stock(extra_container_config={"command": ["tini", "--"]})
    command = granted(pod, BOOKED, Rules())["spec"]["containers"][0]["command"]
    assert command[0] == "maia-supervise"
    assert command[-3:] == ["--", "tini", "--"]
