"""What each service account may do is a closed list; every pod is as restricted as a pod can be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helm.rendered import NAMESPACE, manifests, of_kind, pod_templates

WORKSPACES = f"{NAMESPACE}-workspaces"
MAY: dict[tuple[str, str], set[tuple[str, str]]] = {
    ("maia-hub-hub", WORKSPACES): {
        *(("pods", verb) for verb in ("list", "watch", "create", "delete")),
        *(("persistentvolumeclaims", verb) for verb in ("get", "create", "delete")),
        *(("events", verb) for verb in ("list", "watch")),
    },
    ("maia-hub-controller", WORKSPACES): {
        *(("pods", verb) for verb in ("list", "watch", "patch", "delete")),
    },
    ("maia-hub-controller", NAMESPACE): {
        *(("secrets=maia-hub-admission-tls", verb) for verb in ("get", "patch")),
    },
    ("maia-hub-controller", "*"): {
        *(("nodes", verb) for verb in ("list", "watch")),
        *(
            (f"admissionregistration.k8s.io/{kind}webhookconfigurations=maia-hub-admission", verb)
            for kind in ("mutating", "validating")
            for verb in ("get", "patch")
        ),
    },
}


def rights(values: dict[str, Any]) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Return (resource, verb) of each service account and namespace; * means the whole cluster."""
    found = manifests(values)
    rules = {
        (each["kind"], each["metadata"].get("namespace", "*"), each["metadata"]["name"]): each["rules"]
        for each in (*of_kind(found, "Role"), *of_kind(found, "ClusterRole"))
    }
    may: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for binding in (*of_kind(found, "RoleBinding"), *of_kind(found, "ClusterRoleBinding")):
        where = binding["metadata"].get("namespace", "*")
        reference = binding["roleRef"]
        given = rules[
            reference["kind"], "*" if reference["kind"] == "ClusterRole" else where, reference["name"]
        ]
        for subject in binding["subjects"]:
            assert (subject["kind"], subject["namespace"]) == ("ServiceAccount", NAMESPACE)
            for rule in given:
                (group,) = rule["apiGroups"]
                kinds = {"/".join(filter(None, (group, kind))) for kind in rule["resources"]}
                only = [f"{kind}={name}" for kind in kinds for name in rule.get("resourceNames", [])]
                pairs = {(kind, verb) for kind in only or kinds for verb in rule["verbs"]}
                may.setdefault((subject["name"], where), set()).update(pairs)
    return may


def test_they_may_do_this_and_nothing_else() -> None:
    assert rights({}) == MAY


def test_of_several_services_one_leads_by_a_lease_and_may_touch_that_one_alone() -> None:
    lease = "coordination.k8s.io/leases=maia-hub-controller"
    here = "maia-hub-controller", NAMESPACE
    may = {**MAY, here: MAY[here] | {(lease, "get"), (lease, "patch")}}
    assert rights({"database": {"url": "postgresql://maia@db.example.org/maia"}}) == may


def test_without_homes_the_hub_has_no_say_over_volumes() -> None:
    may = rights({"workspaces": {"home": {"kind": "nowhere"}}})
    assert {resource for resource, _ in may["maia-hub-hub", WORKSPACES]} == {"pods", "events"}


def test_further_namespaces_are_the_controllers_alone() -> None:
    more = {place for _, place in rights({"workspaces": {"moreNamespaces": ["lab"]}})}
    assert more == {WORKSPACES, "lab", NAMESPACE, "*"}
    assert ("maia-hub-hub", "lab") not in rights({"workspaces": {"moreNamespaces": ["lab"]}})


def test_an_existing_hub_gets_no_rights_from_this_chart() -> None:
    may = rights(
        {"hub": {"enabled": False, "externalUrl": "http://hub.jhub.svc:8081"}, "proxy": {"enabled": False}}
    )
    assert {account for account, _ in may} == {"maia-hub-controller"}


def test_only_who_asks_kubernetes_has_a_token_for_it() -> None:
    tokens = {
        name: spec.get("serviceAccountName")
        for name, spec in pod_templates(manifests({})).items()
        if spec.get("automountServiceAccountToken") is not False
    }
    assert tokens == {
        "Deployment/maia-hub-hub": "maia-hub-hub",
        "Deployment/maia-hub-service": "maia-hub-controller",
    }


PODS = {
    "Deployment/maia-hub-admission",
    *(f"Deployment/maia-hub-{part}" for part in ("hub", "proxy", "service")),
    "Job/maia-hub-migrate",
    "Pod/maia-hub-test",
}


def test_the_pods_are_these() -> None:
    assert set(pod_templates(manifests({}))) == PODS


@pytest.mark.parametrize("name", sorted(PODS))
def test_every_pod_is_restricted(name: str) -> None:
    spec = pod_templates(manifests({}))[name]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["enableServiceLinks"] is False
    for container in (*spec["containers"], *spec.get("initContainers", [])):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert "memory" in container["resources"]["limits"]
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert not any("hostPath" in volume for volume in spec.get("volumes", []))
