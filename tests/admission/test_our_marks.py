"""Nobody but the platform changes what it wrote on a pod."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.admission.conftest import CONTROLLER, MANAGED, Pods
from tests.kube.kube import Kube

USER = "alice"
Edit = Callable[..., None]


@pytest.fixture
def edit(policies: Pods, kube: Kube) -> Iterator[Edit]:
    """A pod of ours, and a function that edits its metadata as somebody."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "ours",
            "labels": {"maia.io/grant": "g"},
            "annotations": {"maia.io/session": "{}", "x": "y"},
        },
        "spec": {"containers": [{"name": "a", "image": "x"}]},
    }
    role = {"apiGroups": [""], "resources": ["pods", "pods/status"], "verbs": ["get", "patch", "create"]}
    name = {"name": "edits", "namespace": MANAGED}
    people = [
        {"kind": "User", "name": who, "apiGroup": "rbac.authorization.k8s.io"} for who in (USER, CONTROLLER)
    ]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "edits"}
    kube.apply(
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": name, "rules": [role]},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": name,
            "subjects": people,
            "roleRef": reference,
        },
    )
    kube.kubectl("create", "--as", CONTROLLER, "-n", MANAGED, "-f", "-", given=json.dumps(pod))

    def patch(who: str, metadata: dict[str, object], *more: str) -> None:
        body = json.dumps({"metadata": metadata})
        kube.kubectl("patch", "pod", "ours", "-n", MANAGED, "--as", who, "--type=merge", "-p", body, *more)

    yield patch
    kube.kubectl("delete", "pod", "ours", "-n", MANAGED, "--grace-period=0", "--force")


@pytest.mark.parametrize(
    "metadata",
    [
        {"annotations": {"maia.io/session": '{"until": null}'}},
        {"annotations": {"maia.io/session": None}},
        {"annotations": {"maia.io/until": "9999-01-01T00:00:00Z"}},
        {"labels": {"maia.io/grant": "another"}},
        {"labels": {"maia.io/grant": None}},
    ],
)
@pytest.mark.parametrize("more", [(), ("--subresource=status",)])
def test_a_user_cannot_change_them(edit: Edit, metadata: dict[str, object], more: tuple[str, ...]) -> None:
    with pytest.raises(RuntimeError, match="written by the platform alone"):
        edit(USER, metadata, *more)


def test_a_user_can_change_the_rest_and_the_controller_ours(edit: Edit, kube: Kube) -> None:
    edit(USER, {"annotations": {"x": "z"}})
    edit(CONTROLLER, {"annotations": {"maia.io/session": '{"until": "soon"}'}})
    annotations = kube.get("pod", "ours", "-n", MANAGED)["metadata"]["annotations"]
    assert (annotations["x"], annotations["maia.io/session"]) == ("z", '{"until": "soon"}')


@pytest.mark.parametrize("mark", ["grant", "kind", "session", "until"])
def test_a_user_cannot_make_a_pod_that_looks_like_one_of_ours(edit: Edit, policies: Pods, mark: str) -> None:
    spec = {"containers": [{"name": "a", "image": "x"}]}
    for part in ("labels", "annotations"):
        with pytest.raises(RuntimeError, match="written by the platform alone"):
            policies.create(spec, MANAGED, USER, **{part: {f"maia.io/{mark}": "forged"}})


def test_a_user_may_name_a_booking_and_the_controller_may_write_all(edit: Edit, policies: Pods) -> None:
    spec = {"containers": [{"name": "a", "image": "x"}]}
    assert policies.create(spec, who=USER, annotations={"maia.io/booking": "b"})
    assert policies.create(spec, who=CONTROLLER, labels={"maia.io/grant": "g"})
