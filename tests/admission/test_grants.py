"""A pod of the hub's is what was granted to it, and the only one."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest

from maia_hub.core.leases import LeaseEnd
from tests.admission.gate import Gate, Refused, of_hub, patched
from tests.desk.office import ADA, BEN, Office


@pytest.fixture
def gate(office: Office) -> Gate:
    office.book(ADA, 0, 60)
    return Gate(office)


@pytest.fixture
def granted(gate: Gate) -> dict[str, Any]:
    return of_hub(gate.office.start(ADA), "ada")


def test_a_pod_as_it_was_granted_passes_and_is_left_alone(gate: Gate, granted: dict[str, Any]) -> None:
    stored = gate.create(granted)
    assert stored["spec"]["affinity"] == granted["spec"]["affinity"]
    assert stored["spec"]["activeDeadlineSeconds"] == 99999, "the hub knows how far it can be extended"
    assert stored["metadata"] == granted["metadata"] | {
        "annotations": granted["metadata"]["annotations"]
        | {
            key: value
            for key, value in stored["metadata"]["annotations"].items()
            if key in ("maia.io/booking", "maia.io/until")
        }
    }


def test_a_borrowed_gpu_passes_too(gate: Gate) -> None:
    made = of_hub(gate.office.start(BEN, "idle:a6000"), "ben")
    del made["spec"]["priorityClassName"]
    stored = gate.create(made)
    assert stored["spec"]["priorityClassName"] == "maia-opportunistic"


def test_what_is_missing_is_written_on_it(gate: Gate, granted: dict[str, Any]) -> None:
    for part in ("priorityClassName", "activeDeadlineSeconds", "affinity"):
        del granted["spec"][part]
    granted["spec"] |= {"priority": 0, "preemptionPolicy": "PreemptLowerPriority"}
    stored = gate.create(granted)
    spec = stored["spec"]
    assert (spec["priorityClassName"], spec["activeDeadlineSeconds"]) == ("maia-booked", 3600)
    assert "priority" not in spec, "the API server works it out anew"
    assert "a6000-0" in str(spec["affinity"])
    assert {"name": "MAIA_GRANT", "value": granted["metadata"]["labels"]["maia.io/grant"]} in spec[
        "containers"
    ][0]["env"]


def test_a_second_pod_for_the_same_grant_is_refused(gate: Gate, granted: dict[str, Any]) -> None:
    gate.create(granted)
    second = deepcopy(granted)
    second["metadata"]["name"] = "another"
    for dry in (True, False):
        with pytest.raises(Refused, match="Another pod already has this grant's GPU"):
            gate.create(second, dry=dry)
    gate.create(granted)  # the same pod once more: the hub's request is sent anew when its answer was lost


def test_a_dry_run_takes_nothing(gate: Gate, granted: dict[str, Any]) -> None:
    gate.create(granted, dry=True)
    granted["metadata"]["name"] = "another"
    gate.create(granted)


@pytest.mark.parametrize("count", ["2", "3"])
def test_more_gpus_than_granted_are_refused(gate: Gate, granted: dict[str, Any], count: str) -> None:
    granted["spec"]["containers"][0]["resources"]["limits"] = {"nvidia.com/gpu": count}
    with pytest.raises(Refused, match=f"GPUs is “{count} × nvidia.com/gpu”, granted is “1 × nvidia.com/gpu”"):
        gate.create(granted)


@pytest.mark.parametrize("resource", ["nvidia.com/mig-1g.10gb", "amd.com/gpu", "nvidia.com/gpu.shared"])
def test_another_kind_of_gpu_is_refused(gate: Gate, granted: dict[str, Any], resource: str) -> None:
    granted["spec"]["containers"][0]["resources"]["limits"] = {resource: "1"}
    with pytest.raises(Refused, match=r"granted is “1 × nvidia.com/gpu”"):
        gate.create(granted)


@pytest.mark.parametrize(
    "change",
    [
        {"nodeName": "elsewhere"},
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{}]}
                }
            }
        },
        {"affinity": {}},
        {"priorityClassName": "system-node-critical"},
        {"containers": [{"name": "a", "resources": {"limits": {"nvidia.com/gpu": "2"}}}]},
        {"initContainers": [{"name": "i", "resources": {"limits": {"nvidia.com/gpu": "2"}}}]},
    ],
)
def test_what_another_review_makes_of_it_is_looked_at(
    gate: Gate, granted: dict[str, Any], change: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="not what was granted"):
        gate.create(granted, between=change)
    gate.create(granted)


@pytest.mark.parametrize("named", ["ben", None])
def test_a_grant_serves_its_own_user_only(gate: Gate, granted: dict[str, Any], named: str | None) -> None:
    granted["metadata"]["annotations"] = {"hub.jupyter.org/username": named} if named else {}
    with pytest.raises(Refused, match=r"granted is “ada”"):
        gate.create(granted)


def test_a_grant_that_has_ended_or_never_was_is_refused(gate: Gate) -> None:
    grant = gate.office.start(ADA)
    over = of_hub(grant, "ada")
    gate.office.desk.ended(grant.id, LeaseEnd.STOPPED, gate.office.now)
    with pytest.raises(Refused, match="gives no GPU, or none any more"):
        gate.create(over)
    for invented in (str(uuid4()), "x", ""):
        over["metadata"]["labels"]["maia.io/grant"] = invented
        with pytest.raises(Refused, match=r"gives no GPU|carries no grant"):
            gate.create(over)


def test_a_cpu_grant_gives_no_gpu(gate: Gate, granted: dict[str, Any]) -> None:
    cpu = gate.office.start(BEN, "cpu")
    granted["metadata"]["labels"]["maia.io/grant"] = str(cpu.id)
    with pytest.raises(Refused, match="gives no GPU"):
        gate.create(granted)


def test_a_patch_is_applied_as_it_is_meant(granted: dict[str, Any]) -> None:
    assert (
        patched(granted, [{"op": "remove", "path": "/spec/affinity"}])["spec"].keys() < granted["spec"].keys()
    )


def test_a_pod_that_says_all_itself_is_looked_at_once_and_closely(
    gate: Gate, granted: dict[str, Any]
) -> None:
    env = [{"name": "MAIA_GRANT", "value": granted["metadata"]["labels"]["maia.io/grant"]}]
    granted["spec"]["containers"][0]["env"] = env
    granted["spec"]["tolerations"] = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert gate.create(granted) == granted
    granted["metadata"] |= {"name": "another"}
    with pytest.raises(Refused, match="Another pod already has"):
        gate.create(granted)
    granted["metadata"]["labels"]["maia.io/grant"] = str(uuid4())
    with pytest.raises(Refused, match="gives no GPU"):
        gate.create(granted)
