"""Which connections NetworkPolicies allow, by the API's own rules (networking.k8s.io/v1): both ends must allow one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Policy = dict[str, Any]


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod by its namespace and labels, or an address that is none of the cluster's pods."""

    name: str
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict, hash=False)
    address: str = ""


def allowed(policies: Sequence[Policy], source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Say whether a pod (or an address) may connect to another one's port."""
    return _lets(policies, source, target, port, protocol, "Egress") and _lets(
        policies, target, source, port, protocol, "Ingress"
    )


def _lets(policies: Sequence[Policy], pod: End, other: End, port: int, protocol: str, way: str) -> bool:
    """Say what the policies of one end say; a pod that no policy selects, or an address, lets everything."""
    if not pod.namespace:
        return True
    ours = [p for p in policies if _selects(p, pod) and way in p["spec"]["policyTypes"]]
    if not ours:
        return True
    side = "to" if way == "Egress" else "from"
    rules = [rule for policy in ours for rule in policy["spec"].get(way.lower()) or []]
    return any(_ports(rule, port, protocol) and _peers(rule.get(side), pod, other) for rule in rules)


def _selects(policy: Policy, pod: End) -> bool:
    return policy["metadata"]["namespace"] == pod.namespace and _matches(
        policy["spec"]["podSelector"], pod.labels
    )


def _ports(rule: dict[str, Any], port: int, protocol: str) -> bool:
    listed = rule.get("ports")
    return not listed or any((p["protocol"], p["port"]) == (protocol, port) for p in listed)


def _peers(peers: list[dict[str, Any]] | None, pod: End, other: End) -> bool:
    return not peers or any(_peer(peer, pod, other) for peer in peers)


def _peer(peer: dict[str, Any], pod: End, other: End) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        address = ip_address(other.address) if other.address else None
        return (
            address is not None
            and address in ip_network(block["cidr"])
            and not any(address in ip_network(each) for each in block.get("except", []))
        )
    if not other.namespace:
        return False
    spaces = peer.get("namespaceSelector")
    same = (
        other.namespace == pod.namespace
        if spaces is None
        else _matches(spaces, {"kubernetes.io/metadata.name": other.namespace})
    )
    return same and _matches(peer.get("podSelector", {}), other.labels)


def _matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    wanted = (selector.get("matchLabels") or {}).items()
    return all(labels.get(key) == value for key, value in wanted) and all(
        expression["operator"] == "In" and labels.get(expression["key"]) in expression["values"]
        for expression in selector.get("matchExpressions") or []
    )
