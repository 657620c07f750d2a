"""Sorting GPUs that were found into pools of one product."""

from __future__ import annotations

import re
from collections.abc import Sequence

from maia_hub.core.gpus import Gpu, GpuPool, Node
from maia_hub.core.ids import NodeId, PoolId
from maia_hub.core.machines import WHOLE_GPU, resource_of


def sorted_into_pools(gpus: Sequence[Gpu]) -> list[GpuPool]:
    """Return a pool for each product (and MIG profile), its nodes with as many GPUs as were found on each.

    A machine with two products is one node in each of their pools, so a GPU's node names machine and product.
    """
    products: dict[PoolId, list[Gpu]] = {}
    for gpu in gpus:
        products.setdefault(pool_id(gpu), []).append(gpu)
    return [_pool(identifier, members) for identifier, members in products.items()]


def pool_id(gpu: Gpu) -> PoolId:
    """Return the id of the pool that a GPU belongs to: its product and MIG profile, made fit for a URL."""
    name = f"{gpu.product} {gpu.mig_profile or ''}"
    return PoolId(re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:63])


def _pool(identifier: PoolId, members: list[Gpu]) -> GpuPool:
    first = members[0]
    counts: dict[NodeId, int] = {}
    for gpu in members:
        counts[gpu.node] = counts.get(gpu.node, 0) + 1
    return GpuPool(
        id=identifier,
        product=first.product if first.mig_profile is None else f"{first.product} MIG {first.mig_profile}",
        resource=resource_of(first.id) or WHOLE_GPU,
        nodes=tuple(Node(node, identifier, count) for node, count in counts.items()),
        simulated=first.simulated,
    )
