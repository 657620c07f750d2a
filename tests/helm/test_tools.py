"""The door to the tools of projects in the chart: what it is told, what it may do, and who reaches it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maia_hub.deployed.tools import ToolSettings
from maia_hub.hub.installation import Installation
from maia_hub.service.settings import Limits
from maia_hub.tools.kinds import kinds
from tests.helm import test_rights as rights
from tests.helm.network import End
from tests.helm.product import merged
from tests.helm.rendered import NAMESPACE, Manifest, manifests, named, of_kind, pod_templates, template
from tests.helm.test_manifests import AWAY
from tests.helm.test_manifests import settings as settings_of
from tests.helm.test_network import CONNECTIONS, PODS, PORTS, ours, possible
from tests.kube.helm import CHART

ON: dict[str, Any] = {"tools": {"enabled": True}}
GROUNDS = {"vision-tools": {"project": "vision", "secrets": ["mlflow"]}, "lungs-tools": {"project": "lungs"}}
PACS = {"kind": "orthanc", "address": "https://pacs:22", "user": "maia", "existingSecret": {"name": "pacs"}}
WIKI = {"kind": "link", "address": "https://wiki.example.org:5432/vision", "title": "Wiki"}
OUTSIDE = {"vision": {"pacs": PACS, "wiki": WIKI}}
DOOR = "Deployment/maia-hub-tools"


def told(found: list[Manifest]) -> ToolSettings:
    return ToolSettings.model_validate(settings_of(found, "maia-hub-tools"))


def hub(found: list[Manifest]) -> Installation:
    text = named(found, "ConfigMap", "maia-hub-hub")["data"]["hub.json"]
    return Installation.model_validate_json(text)


def test_without_it_nothing_speaks_of_tools() -> None:
    found = manifests({"tools": {"namespaces": GROUNDS}})
    assert not [each for each in found if each["metadata"]["name"] == "maia-hub-tools"]
    assert hub(found).tools_url == ""
    assert "tools" not in named(found, "Secret", "maia-hub-secrets")["data"]


def test_hub_and_servers_are_told_where_the_door_is() -> None:
    found = manifests(ON)
    service = named(found, "Service", "maia-hub-tools")
    (port,) = service["spec"]["ports"]
    installed = hub(found)
    assert installed.tools_url == f"http://maia-hub-tools.{NAMESPACE}.svc:{port['port']}"
    assert installed.public_tools_url == f"http://maia-hub-proxy.{NAMESPACE}.svc"
    assert told(found).reached == installed.public_tools_url
    assert told(found).hub_api_url == settings_of(found)["hub_api_url"]


def test_the_token_is_the_hubs_and_the_doors_alone() -> None:
    found = manifests(ON)
    assert "tools" in named(found, "Secret", "maia-hub-secrets")["data"]
    mounted = {
        name: {item["key"] for item in volume["secret"].get("items", [])}
        for name, spec in pod_templates(found).items()
        for volume in spec.get("volumes", [])
        if volume.get("secret", {}).get("secretName") == "maia-hub-secrets"
    }
    assert mounted[DOOR] == {"tools"}
    assert {name for name, keys in mounted.items() if "tools" in keys} == {DOOR, "Deployment/maia-hub-hub"}


def test_people_and_limits_are_those_of_the_service() -> None:
    values = {
        "projects": {"groups": {"member": "/{project}"}, "default": False},
        "service": {"limits": {"reading": 0}},
    }
    found = told(manifests({**ON, **values}))
    assert (found.site().naming.member, found.site().default) == ("/{project}", False)
    assert found.limits.limits() == Limits(reading=None)


def test_a_namespace_is_a_projects_and_has_the_secrets_that_may_be_read() -> None:
    grounds = told(manifests(merged(ON, {"tools": {"namespaces": GROUNDS}}))).grounds()
    assert {name: (each.project, each.secrets) for name, each in grounds.items()} == {
        "vision-tools": ("vision", ("mlflow",)),
        "lungs-tools": ("lungs", ()),
    }


@pytest.mark.parametrize("namespace", [NAMESPACE, f"{NAMESPACE}-workspaces", "lab"])
def test_the_platforms_own_namespaces_and_those_of_servers_are_no_place_for_tools(namespace: str) -> None:
    values = {
        "workspaces": {"moreNamespaces": ["lab"]},
        "tools": {"namespaces": {namespace: {"project": "v"}}},
    }
    done = template(merged(ON, values))
    assert done.returncode != 0
    assert namespace in done.stderr


def test_what_a_tool_elsewhere_is_signed_in_to_with_is_a_file_of_the_door_alone() -> None:
    found = manifests(merged(ON, {"tools": {"outside": OUTSIDE}}))
    read = told(found).tools
    pacs = read["vision"]["pacs"]  # type: ignore[index]
    assert (pacs.kind, str(pacs.address), pacs.user) == ("orthanc", "https://pacs:22/", "maia")
    volumes = {volume["name"]: volume for volume in pod_templates(found)[DOOR]["volumes"]}
    mounts = {m["name"]: m["mountPath"] for m in pod_templates(found)[DOOR]["containers"][0]["volumeMounts"]}
    (source,) = volumes["credentials"]["projected"]["sources"]
    assert source == {"secret": {"name": "pacs", "items": [{"key": "password", "path": "vision/pacs"}]}}
    assert str(pacs.secret_file) == f"{mounts['credentials']}/vision/pacs"
    assert '"name": "pacs"' in json.dumps(pod_templates(found)[DOOR])
    assert not [n for n, spec in pod_templates(found).items() if n != DOOR and '"pacs"' in json.dumps(spec)]


def test_the_chart_knows_the_kinds_that_may_run_elsewhere() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]["tools"]["properties"]
    tool = schema["outside"]["additionalProperties"]["additionalProperties"]
    assert tool["properties"]["kind"]["enum"] == [name for name, kind in kinds().items() if not kind.static]


def test_it_follows_services_of_its_namespaces_and_single_secrets_there_and_nothing_else() -> None:
    may = rights.rights(merged(ON, {"tools": {"namespaces": GROUNDS}}))
    services = {("services", "list"), ("services", "watch")}
    assert {place: what for (account, place), what in may.items() if account == "maia-hub-tools"} == {
        "vision-tools": services | {("secrets=mlflow", "list"), ("secrets=mlflow", "watch")},
        "lungs-tools": services,
    }
    assert {each: what for each, what in may.items() if each[0] != "maia-hub-tools"} == rights.MAY


def test_it_has_a_token_for_kubernetes_only_with_something_to_ask() -> None:
    with_namespaces = pod_templates(manifests(merged(ON, {"tools": {"namespaces": GROUNDS}})))[DOOR]
    assert with_namespaces["automountServiceAccountToken"] is True
    assert pod_templates(manifests(ON))[DOOR]["automountServiceAccountToken"] is False


def test_its_pod_is_restricted_and_a_drain_takes_it() -> None:
    found = manifests(
        merged(ON, {"tools": {"image": "registry.example.org/door:2", "podLabels": {"a": "b"}}})
    )
    door, proxy = (pod_templates(found)[each] for each in (DOOR, "Deployment/maia-hub-proxy"))
    (container,) = door["containers"]
    assert container["image"] == "registry.example.org/door:2"
    assert container["securityContext"] == proxy["containers"][0]["securityContext"]
    assert door["securityContext"] == proxy["securityContext"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert "memory" in container["resources"]["limits"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    labels = named(found, "Deployment", "maia-hub-tools")["spec"]["template"]["metadata"]["labels"]
    budget = named(found, "PodDisruptionBudget", "maia-hub-tools")["spec"]
    assert budget["selector"]["matchLabels"].items() <= labels.items()
    assert labels["a"] == "b"


DOORS = {
    ("proxy", "tools", 8080),
    ("hub", "tools", 8080),
    ("tools", "hub", 8081),
    ("tools", "dns", 53),
    ("tools", "service", 8080),  # where is a guest led?
    ("tools", "proxy", 8000),  # by it to users' servers
    *((user, "proxy", 8000) for user in ("alice", "bob")),
}
TOOL = End("mlflow", "vision-tools", {"app": "mlflow"})


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door, a tool, and one of no project, among all that may connect."""
    more = [*PODS, ours("tools"), TOOL, End("other", "elsewhere-tools", {"app": "mlflow"})]
    monkeypatch.setattr("tests.helm.test_network.PODS", more)


def test_proxy_and_hub_alone_reach_the_door_and_servers_the_proxy(ends: None) -> None:
    found = possible(ON)
    strangers = {(who, "proxy", 8000) for who in ("mlflow", "other")}
    assert found - CONNECTIONS == DOORS | strangers
    assert found >= CONNECTIONS


def test_the_door_reaches_the_namespaces_of_tools_and_no_others(ends: None) -> None:
    found = possible(merged(ON, {"tools": {"namespaces": GROUNDS}})) - possible(ON)
    api = {("tools", where, port) for where in ("house", "world") for port in (443, 6443)}
    assert found == api | {("tools", "mlflow", port) for port in PORTS}


def test_tools_elsewhere_are_reached_on_their_ports_and_links_by_nobody(ends: None) -> None:
    found = possible(merged(ON, {"tools": {"outside": OUTSIDE}})) - possible(ON)
    assert found == {("tools", where, 22) for where in ("house", "world")}


def test_servers_reach_a_proxy_that_is_open_to_few(ends: None) -> None:
    controller = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    found = possible({**ON, "networkPolicies": {"proxyIngress": [controller]}})
    assert {each for each in found if each[1] == "proxy" and each[2] == 8000} == {
        (who, "proxy", 8000) for who in ("dns", "test", "alice", "bob", "tools")
    }


def test_beside_an_existing_hub_its_proxy_is_let_in_and_servers_go_there(ends: None) -> None:
    proxy = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    away = merged(AWAY, ON, {"tools": {"proxyUrl": "http://proxy-public.jhub.svc/"}})
    values = merged(away, {"networkPolicies": {"toolsIngress": [proxy]}})
    found = manifests(values)
    assert told(found).reached == "http://proxy-public.jhub.svc"
    assert not of_kind(found, "Ingress")
    assert {each for each in possible(values) if each[1] == "tools"} == {("dns", "tools", 8080)}
