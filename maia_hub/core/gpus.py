"""GPUs, the nodes that carry them, and the pools that nodes of one product form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maia_hub.core.ids import DEFAULT_CLUSTER, ClusterId, GpuId, NodeId, PoolId
from maia_hub.core.interval import Interval


def marked(name: str, *, simulated: bool) -> str:
    """Return a product's name with the mark that a simulated one must bear wherever it is shown."""
    return name if not simulated or "simulated" in name.lower() else f"{name} (simulated)"


@dataclass(frozen=True, slots=True)
class Gpu:
    """One device that a process can be given: a whole GPU or a MIG instance.

    ``id`` is what ``CUDA_VISIBLE_DEVICES`` takes: the NVML UUID (``GPU-…`` or ``MIG-…``); for a simulated GPU
    ``SIM-…``. ``memory`` is in bytes.
    """

    id: GpuId
    node: NodeId
    index: int
    product: str
    memory: int
    simulated: bool = False
    mig_profile: str | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """``gpus`` devices of a node cannot be used over an interval: maintenance, a drain, a broken card.

    ``by_cluster`` says that nobody planned it: it lasts as long as the cluster says so. ``kept``: nothing is wrong with
    them; they are kept free for who has waited longest (`maia_hub.core.keeping`). ``gpu`` is the one that is meant;
    without it nobody has said which ones they are.
    """

    node: NodeId
    interval: Interval
    gpus: int
    reason: str
    by_cluster: bool = False
    kept: bool = False
    gpu: GpuId | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A whole product cannot be used over an interval: all GPUs of each node that its pool has when that is said."""

    pool: PoolId
    interval: Interval
    reason: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the cluster says is wrong with a node; ``away``: nothing can be placed there while it is so."""

    node: NodeId
    reason: str
    away: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A machine with ``capacity`` bookable GPUs of one product, less what its outages take away."""

    id: NodeId
    pool: PoolId
    capacity: int
    outages: tuple[Outage, ...] = ()


@dataclass(frozen=True, slots=True)
class GpuPool:
    """The nodes of one cluster that carry GPUs of one product."""

    id: PoolId
    product: str
    resource: str
    nodes: tuple[Node, ...]
    simulated: bool = False
    cluster: ClusterId = DEFAULT_CLUSTER

    @property
    def largest_node(self) -> int:
        """The number of GPUs on the pool's largest node: no booking can be for more."""
        return max((node.capacity for node in self.nodes), default=0)


def by_node(gpus: Sequence[Gpu]) -> dict[NodeId, list[Gpu]]:
    """Group devices by their node, each group in the order of the devices' indices."""
    groups: dict[NodeId, list[Gpu]] = {}
    for gpu in sorted(gpus, key=lambda g: (g.node, g.index)):
        groups.setdefault(gpu.node, []).append(gpu)
    return groups
