"""From the API's nodes to the inventory: which GPUs there are, and which of them a pod could be placed on now. Pure.

What counts is what a node can allocate, not its capacity: a GPU that its vendor's plugin calls broken is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from maia_hub.cluster.products import Product, product_of
from maia_hub.core.gpus import Gpu, Trouble
from maia_hub.core.ids import NodeId
from maia_hub.core.machines import gpu_of, node_of

VENDOR_TAINTS = frozenset({"nvidia.com/gpu", "amd.com/gpu"})
"""Taints that keep pods without a GPU away: a pod with one tolerates them."""
_CONDITIONS = frozenset({"unschedulable", "not-ready", "unreachable"})
"""Taints (``node.kubernetes.io/…``) that repeat what is said of the node already."""
_KEEP_AWAY = ("NoSchedule", "NoExecute")
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one machine has of one resource: ``count`` of it can be allocated, of ``capacity``.

    ``reason`` says in words why nothing can be placed there (then ``schedulable`` is false), or that some of it is
    out of order.
    """

    node: NodeId
    machine: str
    resource: str
    product: Product
    count: int
    capacity: int
    schedulable: bool
    reason: str = ""

    def gpus(self) -> list[Gpu]:
        """Return the GPUs, with ids that stay the same as long as machine and resource do."""
        return [
            Gpu(
                id=gpu_of(self.machine, self.resource, index),
                node=self.node,
                index=index,
                product=self.product.name,
                memory=self.product.memory,
                mig_profile=self.product.mig_profile,
            )
            for index in range(self.count)
        ]

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong here; None if all is well."""
        return Trouble(self.node, self.reason, away=not self.schedulable) if self.reason else None


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every machine's GPUs by resource, in the order of their names."""

    offers: tuple[Offer, ...] = ()

    def gpus(self) -> list[Gpu]:
        """Return all GPUs, also those of machines on which nothing can be placed now."""
        return [gpu for offer in self.offers for gpu in offer.gpus()]

    def troubles(self) -> list[Trouble]:
        """Return what is wrong with which nodes."""
        return [trouble for offer in self.offers if (trouble := offer.trouble)]


def inventory(nodes: Iterable[Mapping[str, Any]], tolerated: Collection[str] = ()) -> Inventory:
    """Return what the nodes (the API's own JSON) offer.

    ``tolerated`` are keys of taints that the site's pods tolerate besides the GPU vendors' own.
    """
    found = [offer for node in nodes for offer in offers(node, tolerated)]
    return Inventory(tuple(sorted(found, key=lambda offer: offer.node)))


def offers(node: Mapping[str, Any], tolerated: Collection[str] = ()) -> list[Offer]:
    """Return what one node offers; empty for a node without GPUs."""
    name = node["metadata"]["name"]
    labels = node["metadata"].get("labels") or {}
    status = node.get("status") or {}
    capacity, allocatable = status.get("capacity") or {}, status.get("allocatable") or {}
    found = []
    for resource in sorted({*capacity, *allocatable}):
        product = product_of(resource, labels)
        has, usable = _count(capacity.get(resource)), _count(allocatable.get(resource))
        if product is None or not (has or usable):
            continue
        away = _away(node, {*VENDOR_TAINTS, resource, *tolerated})
        lost = f"{has - usable} of {has} are out of order" if has > usable else ""
        reasons = [*away, lost] if lost else away
        found.append(
            Offer(
                node=node_of(name, resource),
                machine=name,
                resource=resource,
                product=product,
                count=usable,
                capacity=has,
                schedulable=usable > 0 and not away,
                reason="; ".join(reasons)[:_LONGEST],
            )
        )
    return found


def _away(node: Mapping[str, Any], tolerated: Collection[str]) -> list[str]:
    """Return why no pod with a GPU can be placed on the node, each reason in words."""
    spec = node.get("spec") or {}
    reasons = []
    if node["metadata"].get("deletionTimestamp"):
        reasons.append("the node is being removed from the cluster")
    if spec.get("unschedulable"):
        reasons.append("the node is cordoned")
    ready = _condition(node, "Ready")
    if ready is None or ready.get("status") != "True":
        said = (ready or {}).get("message") or "it has not said so"
        reasons.append(f"the node is not ready ({said[:120]})")
    for taint in spec.get("taints") or []:
        key, effect = taint.get("key", ""), taint.get("effect")
        repeated = key.startswith("node.kubernetes.io/") and key.partition("/")[2] in _CONDITIONS
        if effect in _KEEP_AWAY and key not in tolerated and not repeated:
            value = f"={taint['value']}" if taint.get("value") else ""
            reasons.append(f"the node is tainted {key}{value}:{effect}")
    return reasons


def _condition(node: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    conditions = (node.get("status") or {}).get("conditions") or []
    return next((each for each in conditions if each.get("type") == kind), None)


def _count(quantity: object) -> int:
    text = str(quantity)
    return int(text) if text.isdecimal() else 0
