"""Each connection that the product makes is allowed, and no other one."""

from __future__ import annotations

from itertools import product as pairs
from typing import Any

import pytest
import yaml

from tests.helm.network import End, allowed
from tests.helm.rendered import NAMESPACE, manifests, of_kind
from tests.kube.helm import CHART

PORTS = (22, 53, 80, 443, 5432, 6443, 8000, 8001, 8080, 8081, 8888)
WORKSPACES = f"{NAMESPACE}-workspaces"


def ours(component: str) -> End:
    labels = {
        "app.kubernetes.io/name": "maia-hub",
        "app.kubernetes.io/instance": "maia-hub",
        "app.kubernetes.io/component": component,
    }
    return End(component, NAMESPACE, labels)


PODS = [
    *map(ours, ("hub", "proxy", "service", "migrate", "test", "something-new")),
    End("alice", WORKSPACES, {"component": "singleuser-server"}),
    End("bob", WORKSPACES, {"component": "singleuser-server"}),
    End("dns", "kube-system", {"k8s-app": "kube-dns"}),
    End("stranger", "other", {"app.kubernetes.io/component": "proxy"}),
    End("house", address="10.1.2.3"),
    End("world", address="93.184.215.14"),
]
NAMES = {(who, "dns", 53) for who in ("hub", "proxy", "service", "test", "alice", "bob")}
API = {
    (who, where, port) for who in ("hub", "service") for where in ("house", "world") for port in (443, 6443)
}
EVERYBODY = {(who, "proxy", 8000) for who in ("house", "world", "stranger", "dns", "test")}
SERVERS = {
    connection
    for user in ("alice", "bob")
    for connection in (
        ("hub", user, 8888),  # is it up?
        ("proxy", user, 8888),  # people
        (user, "hub", 8081),  # its sign-in and its activity
        (user, "service", 8080),  # what do I hold?
        *((user, "world", port) for port in PORTS),  # packages, data
    )
}
PLATFORM = {
    ("proxy", "hub", 8081),
    ("proxy", "service", 8080),
    ("hub", "proxy", 8001),  # routes
    ("hub", "service", 8080),  # grants
    ("service", "hub", 8081),  # sign-ins, respawns
}
CONNECTIONS = NAMES | API | EVERYBODY | SERVERS | PLATFORM
TO_POSTGRESQL = {(who, where, 5432) for who in ("service", "migrate") for where in ("house", "world")}


def possible(values: dict[str, Any]) -> set[tuple[str, str, int]]:
    """Return every connection from or to a pod of the product that the policies allow."""
    policies = of_kind(manifests(values), "NetworkPolicy")
    product = [end for end in PODS if end.namespace in (NAMESPACE, WORKSPACES)]
    return {
        (source.name, target.name, port)
        for source, target in pairs(PODS, PODS)
        for port in PORTS
        if source != target and (source in product or target in product)
        if allowed(policies, source, target, port)
    }


def test_with_a_database_on_a_volume() -> None:
    assert possible({}) == CONNECTIONS


def test_with_postgresql() -> None:
    found = possible({"database": {"url": "postgresql://maia@db.example.org/maia"}})
    assert found - CONNECTIONS == TO_POSTGRESQL | {("migrate", "dns", 53)}
    assert found >= CONNECTIONS


def test_postgresql_on_a_port_of_its_own() -> None:
    found = possible({"database": {"url": "postgresql://maia@db.example.org:443/maia"}})
    assert {each for each in found if each[0] == "migrate"} == {
        ("migrate", "dns", 53),
        ("migrate", "house", 443),
        ("migrate", "world", 443),
    }


def test_a_mail_server_is_reached_by_the_service_alone_on_its_port() -> None:
    smtp = {"host": "mail.example.org", "port": 22, "sender": "maia@example.org"}
    found = possible({"notifications": {"smtp": smtp}})
    assert found - CONNECTIONS == {("service", where, 22) for where in ("house", "world")}


def test_prometheus_is_reached_by_the_service_alone_on_its_port() -> None:
    everywhere = {"prometheus": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}
    idle = {"prometheus": "http://prometheus.monitoring:22/base"}
    found = possible({"service": {"idle": idle}, "networkPolicies": everywhere})
    assert found - CONNECTIONS == {("service", where, 22) for where in ("house", "world")}


def test_webhooks_are_reached_by_the_service_alone_on_the_ports_of_their_hosts() -> None:
    hosts = ["hooks.slack.com", "https://chat.example.org:22"]
    found = possible({"notifications": {"webhooks": {"hosts": hosts}}})
    assert found - CONNECTIONS == {("service", where, 22) for where in ("house", "world")}
    assert {("service", "world", 443)} <= found


def test_a_slurm_system_in_the_house_is_reached_by_ssh_alone_where_the_site_says() -> None:
    theirs = yaml.safe_load((CHART / "values.yaml").read_text())["networkPolicies"]["workspaceEgress"]
    login = {"to": [{"ipBlock": {"cidr": "10.1.2.0/24"}}], "ports": [{"protocol": "TCP", "port": 22}]}
    found = possible({"networkPolicies": {"workspaceEgress": [*theirs, login]}})
    assert found - CONNECTIONS == {(user, "house", 22) for user in ("alice", "bob")}
    assert found >= CONNECTIONS


def test_people_come_only_from_where_the_site_says() -> None:
    controller = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    found = possible({"networkPolicies": {"proxyIngress": [controller]}})
    assert CONNECTIONS - found == EVERYBODY - {("dns", "proxy", 8000), ("test", "proxy", 8000)}
    assert found <= CONNECTIONS


@pytest.mark.parametrize("cut", ["hub", "proxy", "service", "workspaces"])
def test_a_policy_that_is_missing_is_noticed(cut: str) -> None:
    policies = [
        p for p in of_kind(manifests({}), "NetworkPolicy") if p["metadata"]["name"] != f"maia-hub-{cut}"
    ]
    by_name = {end.name: end for end in PODS}
    wrong = [
        (a, b, port) for a, b, port in CONNECTIONS if not allowed(policies, by_name[a], by_name[b], port)
    ] or [("alice", "bob", 22)] * allowed(policies, by_name["alice"], by_name["bob"], 22)
    assert wrong
