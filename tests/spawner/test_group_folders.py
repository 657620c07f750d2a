"""The folders of groups on a cluster: each mounted by its own path, in the notebook's container alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from maia_hub.core.leases import GrantKind
from maia_spawner.manifest import Given, Rules, granted
from tests.spawner.test_manifest import BOOKED, CPU, IDLE, environment, stock

RULES = Rules(shared_claim="groups")
ONE, TWO = str(UUID(int=1)), str(UUID(int=2))
FOLDERS = {"Deep-learning-A-000000": ONE, "Deep-learning-B-000000": TWO}
CLAIM = {"persistentVolumeClaim": {"claimName": "groups"}}


def with_folders(given: Given = CPU) -> Given:
    return replace(given, folders=FOLDERS)


def of_claim(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all mounts of the claim."""
    names = {each["name"] for each in spec["volumes"] if CLAIM.items() <= each.items()}
    containers = [*spec.get("initContainers", []), *spec["containers"]]
    return [mount for each in containers for mount in each.get("volumeMounts", []) if mount["name"] in names]


@pytest.mark.parametrize("given", [BOOKED, IDLE, CPU])
def test_a_server_has_the_folders_of_its_users_groups_whatever_gpu_it_has(given: Given) -> None:
    spec = granted(stock(), with_folders(given), RULES)["spec"]
    assert of_claim(spec) == [
        {"name": "maia-shared", "mountPath": f"/srv/maia/shared/{group}", "subPath": f"groups/{group}"}
        for group in (ONE, TWO)
    ]
    told = json.loads(environment(spec["containers"][0])["MAIA_SHARED"])
    assert told == {name: f"/srv/maia/shared/{group}" for name, group in FOLDERS.items()}
    assert spec["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"


def test_who_is_in_no_group_has_nothing_of_the_claim_and_nor_has_anybody_without_one() -> None:
    for given, rules in ((CPU, RULES), (with_folders(), Rules())):
        assert granted(stock(), given, rules) == granted(stock(), CPU, Rules())


def test_no_other_container_and_no_profile_brings_the_claim_in() -> None:
    mount = {"name": "whole", "mountPath": "/all"}
    other = {"name": "other", "image": "x", "volumeMounts": [mount, {"name": "home", "mountPath": "/h"}]}
    raw = {"name": "raw", "image": "x", "volumeDevices": [{"name": "whole", "devicePath": "/dev/x"}]}
    pod = stock(
        volumes=[{"name": "whole", **CLAIM}, {"name": "maia-shared", "emptyDir": {}}],
        volume_mounts=[mount, {"name": "maia-shared", "mountPath": "/mine"}],
        init_containers=[other],
        extra_containers=[raw],
    )
    for given, paths in ((CPU, []), (with_folders(), [f"groups/{ONE}", f"groups/{TWO}"])):
        spec = granted(pod, given, RULES)["spec"]
        assert [each.get("subPath") for each in of_claim(spec)] == paths
        assert "whole" not in str(spec)
        assert [each["name"] for each in spec["initContainers"][0]["volumeMounts"]] == ["home"]


def test_what_somebody_called_a_group_is_in_no_path() -> None:
    given = Given(id="g", kind=GrantKind.CPU, folders={"../../etc": ONE})
    spec = granted(stock(), given, RULES)["spec"]
    assert ".." not in json.dumps(of_claim(spec))
