"""An origin of their own for the tools' pages in the chart: what hub, proxy, door and the way in are told of it."""

from __future__ import annotations

from typing import Any

import pytest

from maia_hub.deployed.settings import Settings
from maia_hub.deployed.tools import ToolSettings
from maia_hub.hub.installation import Installation
from tests.helm.rendered import Manifest, manifests, named, pod_templates, template
from tests.helm.test_manifests import settings as settings_of

HUB = "https://hub.example.org"
DOOR = "maia-tools--service.hub.example.org"
APART: dict[str, Any] = {"tools": {"enabled": True}, "hub": {"subdomainHost": HUB}}
INGRESS = {"enabled": True, "hosts": ["hub.example.org"], "tlsSecret": "certificate"}
ROUTE = {"enabled": True, "hostnames": ["hub.example.org"], "parentRefs": [{"name": "gateway"}]}


@pytest.fixture(scope="module")
def found() -> list[Manifest]:
    return manifests({**APART, "ingress": INGRESS, "httpRoute": ROUTE})


def routed(found: list[Manifest]) -> bool:
    """Tell whether the proxy looks at hosts."""
    return "--host-routing" in pod_templates(found)["Deployment/maia-hub-proxy"]["containers"][0]["args"]


def test_the_hub_and_its_proxy_tell_hosts_apart(found: list[Manifest]) -> None:
    installed = Installation.model_validate_json(
        named(found, "ConfigMap", "maia-hub-hub")["data"]["hub.json"]
    )
    assert installed.subdomain_host == HUB
    assert routed(found)
    assert not routed(manifests({"tools": {"enabled": True}}))


def test_the_door_names_its_own_origin_and_the_hubs(found: list[Manifest]) -> None:
    apart = ToolSettings.model_validate(settings_of(found, "maia-hub-tools")).apart
    assert apart is not None
    assert (apart.door, apart.hub) == (f"https://{DOOR}", HUB)


def test_a_port_stays_behind_the_doors_host() -> None:
    told = manifests({**APART, "hub": {"subdomainHost": "http://hub.example.org:8080"}, "ingress": INGRESS})
    apart = ToolSettings.model_validate(settings_of(told, "maia-hub-tools")).apart
    assert apart is not None
    assert apart.door == f"http://{DOOR}:8080"
    assert [each["host"] for each in named(told, "Ingress", "maia-hub-proxy")["spec"]["rules"]][-1] == DOOR


def test_both_ways_in_lead_there(found: list[Manifest]) -> None:
    ingress = named(found, "Ingress", "maia-hub-proxy")["spec"]
    assert [rule["host"] for rule in ingress["rules"]] == ["hub.example.org", DOOR]
    assert ingress["tls"][0]["hosts"] == ["hub.example.org", DOOR]
    assert named(found, "HTTPRoute", "maia-hub-proxy")["spec"]["hostnames"] == ["hub.example.org", DOOR]


def test_a_route_for_all_hosts_stays_one() -> None:
    all_hosts = manifests({**APART, "httpRoute": {**ROUTE, "hostnames": []}})
    assert "hostnames" not in named(all_hosts, "HTTPRoute", "maia-hub-proxy")["spec"]


def test_texts_for_people_name_the_hub(found: list[Manifest]) -> None:
    assert settings_of(found)["address"] == HUB


def test_who_is_shown_what_is_shared_with_her_is_led_to_the_doors_origin(found: list[Manifest]) -> None:
    assert Settings.model_validate(settings_of(found)).door_origin == f"https://{DOOR}"
    for beside in ({"tools": {"enabled": True}}, {"hub": {"subdomainHost": HUB}}):
        assert "door_origin" not in settings_of(manifests(beside))


def test_the_release_is_tried_at_the_hubs_host(found: list[Manifest]) -> None:
    (script,) = pod_templates(found)["Pod/maia-hub-test"]["containers"][0]["args"]
    compile(script, "test", "exec")
    assert 'host = {"Host": "hub.example.org"}' in script


@pytest.mark.parametrize("wrong", ["hub.example.org", "https://localhost", "https://10.0.0.1", f"{HUB}/hub"])
def test_what_is_no_origin_with_names_below_it_is_refused(wrong: str) -> None:
    assert "subdomainHost" in template({"hub": {"subdomainHost": wrong}}).stderr


def test_who_sets_the_hub_alone_is_told_where_to_say_it() -> None:
    done = template({"hub": {"config": {"JupyterHub": {"subdomain_host": HUB}}}})
    assert "say hub.subdomainHost" in done.stderr
