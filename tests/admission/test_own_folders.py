"""Nobody mounts the folder of a group that is not hers: the claim of all of them is the hub's alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.admission.conftest import Pods
from tests.kube.helm import applied
from tests.kube.kube import Kube
from tests.platform import eventually

SPACE = "own-folders"
LABEL = "folders.maia.io/managed"
HUB = "system:serviceaccount:maia:maia-hub-hub"
EVE = "eve"
GROUP, OTHER = str(UUID(int=1)), str(UUID(int=2))
VALUES = {
    "managedNamespaces": {"label": LABEL},
    "admission": {"platformUsers": [HUB]},
    "workspaces": {"shared": {"existingClaim": "groups"}},
}
VOLUME = {"name": "v", "persistentVolumeClaim": {"claimName": "groups"}}
HUB_ALONE, SINGLE = "mounted by the hub alone", "single ones alone"


def pod(*mounts: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return the spec of a pod that mounts the claim of all groups so."""
    listed = [{"name": "v", "mountPath": f"/m{n}", **each} for n, each in enumerate(mounts)]
    container = {"name": "a", "image": "x", "volumeMounts": listed}
    return {"containers": [container], "volumes": [VOLUME], **spec}


def part(group: str) -> dict[str, Any]:
    return {"subPath": f"groups/{group}"}


@pytest.fixture(scope="module")
def pods(kube: Kube) -> Iterator[Pods]:
    asking = Pods(kube)
    with kube.namespace(SPACE, **{LABEL: "true"}), applied(kube, "own", "admission/own-folders.yaml", VALUES):
        kube.apply(*_rights())
        eventually(lambda: _refused(asking, pod({}), EVE), "the API server applies the policy", 30, every=0.2)
        yield asking


def _rights() -> Iterator[dict[str, Any]]:
    """Let everybody make what the tests make, so that the policy alone refuses it."""
    group = "rbac.authorization.k8s.io"
    meta = {"name": "everybody", "namespace": SPACE}
    kinds = ["pods", "persistentvolumeclaims", "pods/ephemeralcontainers"]
    rules = [{"apiGroups": [""], "resources": kinds, "verbs": ["create", "get", "update", "patch"]}]
    yield {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": rules}
    subject = {"kind": "Group", "name": "system:authenticated", "apiGroup": group}
    reference = {"apiGroup": group, "kind": "Role", "name": "everybody"}
    binding = {"subjects": [subject], "roleRef": reference}
    yield {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": meta, **binding}


def _refused(pods: Pods, spec: dict[str, Any], who: str | None) -> str:
    """Return the words by which a pod is refused; none if it is not."""
    try:
        pods.create(spec, SPACE, who)
    except RuntimeError as e:
        return str(e)
    return ""


@pytest.mark.parametrize("who", [EVE, None], ids=["a user", "the cluster's administrator"])
@pytest.mark.parametrize("mount", [part(OTHER), {}], ids=["somebody's folder", "the whole claim"])
def test_who_is_not_the_hub_mounts_nothing_of_it(pods: Pods, mount: dict[str, Any], who: str | None) -> None:
    said = _refused(pods, pod(mount), who)
    assert HUB_ALONE in said
    assert "start a server from the hub's page" in said


def test_the_hub_mounts_the_folders_of_its_users_groups(pods: Pods) -> None:
    stored = pods.create(pod(part(GROUP), part(OTHER)), SPACE, HUB)
    assert len(stored["spec"]["containers"][0]["volumeMounts"]) >= 2


@pytest.mark.parametrize(
    "mount",
    [
        {},
        {"subPath": "groups"},
        {"subPath": f"groups/{GROUP}/deeper"},
        {"subPath": f"groups/{GROUP[:-1]}"},
        {"subPath": "groups/Deep learning"},
        {"subPathExpr": f"groups/{GROUP}"},
    ],
    ids=str,
)
@pytest.mark.parametrize("where", ["containers", "initContainers"])
def test_not_even_the_hub_mounts_more_than_a_groups_folder(
    pods: Pods, mount: dict[str, Any], where: str
) -> None:
    good = {"name": "good", "image": "x"}
    made = pod(part(GROUP), mount)
    spec = {**made, "containers": [good], where: made["containers"]}
    assert SINGLE in _refused(pods, spec, HUB)


def test_other_claims_are_mounted_as_ever(pods: Pods) -> None:
    assert pods.create({**pod({}), "volumes": [{"name": "v", "emptyDir": {}}]}, SPACE, EVE)
    own = {"name": "v", "persistentVolumeClaim": {"claimName": "groups-of-eve"}}
    assert pods.create({**pod({}), "volumes": [own]}, SPACE, EVE)


def test_a_container_that_is_added_to_a_members_pod_has_nothing_of_the_claim(pods: Pods, kube: Kube) -> None:
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "member"}, "spec": pod(part(GROUP))}
    kube.kubectl("create", "-n", SPACE, "--as", HUB, "-f", "-", given=json.dumps(made))

    def added(**more: Any) -> str:
        body = {"spec": {"ephemeralContainers": [{"name": "late", "image": "x", **more}]}}
        command = ["patch", "pod", "member", "-n", SPACE, "--as", EVE, "--subresource=ephemeralcontainers"]
        return kube.kubectl(*command, "--type=strategic", "--dry-run=server", "-p", json.dumps(body))

    assert added()
    with pytest.raises(RuntimeError, match=SINGLE):
        added(volumeMounts=[{"name": "v", "mountPath": "/all"}])


@pytest.mark.parametrize("source", ["dataSource", "dataSourceRef"])
def test_nobody_copies_the_claim_but_who_looks_after_volumes(pods: Pods, kube: Kube, source: str) -> None:
    def claim(name: str, who: str | None) -> str:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Mi"}},
            source: {"kind": "PersistentVolumeClaim", "name": name},
        }
        made = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "copy"},
            "spec": spec,
        }
        command = ["create", "-n", SPACE, "--dry-run=server", "-o", "name", "-f", "-"]
        return kube.kubectl(*command, *(["--as", who] if who else []), given=json.dumps(made))

    with pytest.raises(RuntimeError, match="copied by those alone who look after volumes"):
        claim("groups", EVE)
    assert claim("another", EVE)
    assert claim("groups", None)
