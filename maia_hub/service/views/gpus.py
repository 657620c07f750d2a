"""GPUs, their pools and nodes, and what is out of service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maia_hub.client import models as m
from maia_hub.core.gpus import Block, Gpu, GpuPool, Outage, by_node
from maia_hub.core.ids import GpuId, NodeId, PoolId
from maia_hub.core.interval import Interval
from maia_hub.desk import NodeView


def gpu(device: Gpu) -> m.GpuModel:
    """Show one device."""
    return m.GpuModel(
        id=device.id,
        node=device.node,
        index=device.index,
        product=device.product,
        memory=device.memory,
        simulated=device.simulated,
        mig_profile=device.mig_profile,
    )


def pools(found: Iterable[GpuPool], gpus: Iterable[Gpu]) -> list[m.PoolModel]:
    """Show pools with their devices."""
    devices = by_node(list(gpus))
    return [pool(each, devices) for each in found]


def pool(given: GpuPool, devices: Mapping[NodeId, list[Gpu]]) -> m.PoolModel:
    """Show a pool with its devices, which are sorted by nodes."""
    return m.PoolModel(
        id=given.id,
        product=given.product,
        resource=given.resource,
        simulated=given.simulated,
        capacity=sum(node.capacity for node in given.nodes),
        largest_node=given.largest_node,
        gpus=[gpu(device) for node in given.nodes for device in devices.get(node.id, [])],
    )


def outage(given: Outage) -> m.OutageModel:
    """Show an outage."""
    return m.OutageModel(
        node=given.node,
        start=given.interval.start,
        end=given.interval.end,
        gpus=given.gpus,
        reason=given.reason,
        by_cluster=given.by_cluster,
        kept=given.kept,
        gpu=given.gpu,
    )


def node(given: NodeView) -> m.NodeModel:
    """Show a node to an administrator."""
    return m.NodeModel(
        node=given.node,
        pool=given.pool,
        product=given.product,
        gpus=given.gpus,
        trouble=given.trouble,
        since=given.since,
    )


def outage_asked(request: m.OutageRequest) -> Outage:
    """Read an outage from a request."""
    interval = Interval(request.start, request.end)
    gpu = None if request.gpu is None else GpuId(request.gpu)
    return Outage(NodeId(request.node), interval, request.gpus, request.reason, gpu=gpu)


def block_asked(pool: str, request: m.BlockRequest) -> Block:
    """Read from a request what blocks a product."""
    return Block(PoolId(pool), Interval(request.start, request.end), request.reason)
