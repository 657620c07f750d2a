"""The review in the chart: what runs, what it may do, and who makes its certificate."""

from __future__ import annotations

import json
from typing import Any

from maia_hub.admission.rules import CONTROLLERS, Rules
from tests.helm.rendered import NAMESPACE, manifests, named, of_kind
from tests.helm.test_rights import MAY, rights

NAME = "maia-hub-admission"
WITHOUT = {
    (account, place): {(kind, verb) for kind, verb in may if "=" not in kind}
    for (account, place), may in MAY.items()
    if place != NAMESPACE
}
"""What accounts may do where nobody has to make a certificate."""
POSTGRESQL = {"database": {"url": "postgresql://maia@db.example.org/maia"}}


OFF = {"admission": {"webhook": {"enabled": False}}}


def on(**more: Any) -> dict[str, Any]:
    return {"admission": {"webhook": more}}


def settings(values: dict[str, Any]) -> dict[str, Any]:
    config = named(manifests(values), "ConfigMap", "maia-hub-service")["data"]["settings.json"]
    found: dict[str, Any] = json.loads(config)
    return found


def test_without_it_nothing_of_it_is_there() -> None:
    assert not [each for each in manifests(OFF) if each["metadata"]["name"].startswith(NAME)]
    assert "review" not in settings(OFF)


def test_a_review_that_is_away_gives_no_gpu_and_is_asked_about_nothing_else() -> None:
    for kind, effects in (
        ("MutatingWebhookConfiguration", "None"),
        ("ValidatingWebhookConfiguration", "NoneOnDryRun"),
    ):
        (hook,) = named(manifests(on()), kind, NAME)["webhooks"]
        assert (hook["failurePolicy"], hook["timeoutSeconds"], hook["sideEffects"]) == ("Fail", 2, effects)
        assert hook["namespaceSelector"] == {"matchLabels": {"maia.io/managed": "true"}}
        assert [condition["name"] for condition in hook["matchConditions"]] == ["asks-for-a-gpu"]
        assert hook["clientConfig"]["service"]["name"] == NAME


def test_two_run_where_the_database_can_be_shared() -> None:
    assert named(manifests({**on(), **POSTGRESQL}), "Deployment", NAME)["spec"]["replicas"] == 2
    assert named(manifests(on()), "Deployment", NAME)["spec"]["replicas"] == 1


def test_its_container_begins_only_when_its_certificate_is_there() -> None:
    """A Secret that a pod may do without is brought to a running one a minute or more after it was made."""
    pod = named(manifests(on()), "Deployment", NAME)["spec"]["template"]["spec"]
    (tls,) = [volume["secret"] for volume in pod["volumes"] if volume["name"] == "tls"]
    assert not tls.get("optional")
    assert {item["key"] for item in tls["items"]} == {"tls.crt", "tls.key"}


def test_it_has_no_token_and_reaches_the_database_alone() -> None:
    found = manifests({**on(), **POSTGRESQL})
    pod = named(found, "Deployment", NAME)["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod
    assert {
        port["port"]
        for rule in named(found, "NetworkPolicy", NAME)["spec"]["egress"]
        for port in rule["ports"]
    } == {
        53,
        5432,
    }
    assert named(manifests(on()), "NetworkPolicy", NAME)["spec"]["egress"] == []


def test_the_authoritys_key_is_not_the_reviews() -> None:
    pod = named(manifests(on()), "Deployment", NAME)["spec"]["template"]["spec"]
    (tls,) = [volume["secret"] for volume in pod["volumes"] if volume["name"] == "tls"]
    assert [item["key"] for item in tls["items"]] == ["tls.crt", "tls.key"]


def test_the_controller_makes_its_certificate_and_has_no_say_over_it_without_it() -> None:
    assert rights(OFF) == WITHOUT
    assert settings({})["review"] == {"namespace": NAMESPACE, "name": NAME}


def test_with_cert_manager_it_does_so() -> None:
    values = on(certManager={"enabled": True})
    found = manifests(values)
    assert named(found, "Certificate", NAME)["spec"]["secretName"] == f"{NAME}-tls"
    assert len(of_kind(found, "Issuer")) == 1
    for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        annotations = named(found, kind, NAME)["metadata"]["annotations"]
        assert annotations["cert-manager.io/inject-ca-from"] == f"{NAMESPACE}/{NAME}"
    assert rights(values) == WITHOUT
    assert "review" not in settings(values)


def test_the_rules_say_who_the_platform_is_and_how_people_are_called() -> None:
    def rules(values: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(named(manifests(values), "ConfigMap", NAME)["data"]["rules.json"])
        Rules.model_validate(found)
        return found

    assert rules(on())["gpu_resources"] == Rules(platform=[]).gpu_resources
    assert rules(on())["platform"][0] == f"system:serviceaccount:{NAMESPACE}:maia-hub-hub"
    assert "user_prefix" not in rules(on())
    given = rules(on(userPrefix="", controllers=["system:serviceaccount:kubeflow:notebooks"]))
    assert given["user_prefix"] == ""
    assert "system:serviceaccount:kubeflow:notebooks" in given["controllers"]
    assert set(CONTROLLERS) < set(given["controllers"])


def test_with_an_authority_of_the_api_servers_nobody_else_is_answered() -> None:
    authority = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"
    found = manifests(on(clientCa=authority))
    assert named(found, "ConfigMap", NAME)["data"]["clients.pem"] == authority
    (container,) = named(found, "Deployment", NAME)["spec"]["template"]["spec"]["containers"]
    assert container["args"][2:] == ["--clients", "/etc/maia-admission/clients.pem"]
    probes = [container[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")]
    assert not any("httpGet" in probe for probe in probes), "the kubelet shows no certificate"
    (container,) = named(manifests(on()), "Deployment", NAME)["spec"]["template"]["spec"]["containers"]
    assert (container["args"], "httpGet" in container["readinessProbe"]) == (["admission", "serve"], True)
