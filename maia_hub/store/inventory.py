"""Pools, nodes, GPUs and outages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from maia_hub.core.gpus import Gpu, GpuPool, Node, Outage
from maia_hub.core.ids import ClusterId, GpuId, NodeId, PoolId
from maia_hub.core.interval import Interval
from maia_hub.store.alarm_tables import troubles
from maia_hub.store.tables import gpus, nodes, outages, pools
from maia_hub.store.upsert import upsert
from maia_hub.store.wish_tables import keeps

_OUTAGES = (
    select(
        outages,
        troubles.c.node.is_not(None).label("by_cluster"),
        keeps.c.wish.is_not(None).label("kept"),
    )
    .outerjoin(troubles, troubles.c.outage == outages.c.id)
    .outerjoin(keeps, keeps.c.outage == outages.c.id)
    .order_by(outages.c.starts_at)
)
MACHINES = (select(pools).order_by(pools.c.id), select(nodes).order_by(nodes.c.id), _OUTAGES)
"""What asks for all that `found_pools` needs."""


def found_pools(
    pool_rows: Sequence[Row[Any]], node_rows: Sequence[Row[Any]], outage_rows: Sequence[Row[Any]]
) -> list[GpuPool]:
    """Return all pools with their nodes and outages."""
    broken: dict[str, list[Outage]] = {}
    for row in outage_rows:
        broken.setdefault(row.node, []).append(_outage_of(row))
    members: dict[str, list[Node]] = {}
    for row in node_rows:
        node = Node(NodeId(row.id), PoolId(row.pool), row.capacity, tuple(broken.get(row.id, ())))
        members.setdefault(row.pool, []).append(node)
    return [
        GpuPool(
            id=PoolId(row.id),
            product=row.product,
            resource=row.resource,
            nodes=tuple(members.get(row.id, ())),
            simulated=row.simulated,
            cluster=ClusterId(row.cluster),
        )
        for row in pool_rows
    ]


@dataclass(frozen=True)
class Inventory:
    """The machines and their GPUs as the database knows them."""

    connection: Connection

    def pools(self) -> list[GpuPool]:
        """Return all pools with their nodes and outages."""
        return found_pools(*(self.connection.execute(question).all() for question in MACHINES))

    def gpus(self) -> list[Gpu]:
        """Return the GPUs that are present."""
        rows = self.connection.execute(
            select(gpus).where(gpus.c.present).order_by(gpus.c.node, gpus.c.position)
        )
        return [
            Gpu(
                id=GpuId(row.id),
                node=NodeId(row.node),
                index=row.position,
                product=row.product,
                memory=row.memory,
                simulated=row.simulated,
                mig_profile=row.mig_profile,
            )
            for row in rows
        ]

    def outages(self) -> list[tuple[int, Outage]]:
        """Return all outages with their ids."""
        return [(row.id, _outage_of(row)) for row in self.connection.execute(_OUTAGES)]

    def out_of_order(self, now: datetime) -> frozenset[GpuId]:
        """Return the GPUs that outages of this moment name."""
        named = select(outages.c.gpu).where(
            outages.c.gpu.is_not(None), outages.c.starts_at <= now, outages.c.ends_at > now
        )
        return frozenset(GpuId(gpu) for gpu in self.connection.scalars(named))

    def put(self, found: Sequence[GpuPool], devices: Sequence[Gpu]) -> None:
        """Make pools, nodes and GPUs as found; what was there before and is not found keeps its row, at 0."""
        self.connection.execute(update(gpus).values(present=False))
        self.connection.execute(update(nodes).values(capacity=0))
        for pool in found:
            values = {
                "cluster": pool.cluster,
                "product": pool.product,
                "resource": pool.resource,
                "simulated": pool.simulated,
            }
            upsert(self.connection, pools, {"id": pool.id}, values)
            for node in pool.nodes:
                facts = {"pool": pool.id, "capacity": node.capacity}
                upsert(self.connection, nodes, {"id": node.id}, facts)
        for gpu in devices:
            self._put_gpu(gpu)

    def _put_gpu(self, gpu: Gpu) -> None:
        values = {
            "node": gpu.node,
            "position": gpu.index,
            "product": gpu.product,
            "memory": gpu.memory,
            "simulated": gpu.simulated,
            "mig_profile": gpu.mig_profile,
            "present": True,
        }
        upsert(self.connection, gpus, {"id": gpu.id}, values)

    def add_outage(self, outage: Outage) -> int:
        """Write an outage; return its id."""
        done = self.connection.execute(
            insert(outages).values(
                node=outage.node,
                starts_at=outage.interval.start,
                ends_at=outage.interval.end,
                gpus=outage.gpus,
                reason=outage.reason,
                gpu=outage.gpu,
            )
        )
        return int(done.inserted_primary_key[0]) if done.inserted_primary_key else 0

    def remove_outage(self, outage_id: int) -> bool:
        """Remove an outage; return whether there was one."""
        return self.connection.execute(delete(outages).where(outages.c.id == outage_id)).rowcount > 0

    def change_outage(self, outage_id: int, outage: Outage) -> None:
        """Write a changed outage."""
        self.connection.execute(
            update(outages)
            .where(outages.c.id == outage_id)
            .values(ends_at=outage.interval.end, gpus=outage.gpus, reason=outage.reason)
        )


def _outage_of(row: Row[Any]) -> Outage:
    return Outage(
        NodeId(row.node),
        Interval(row.starts_at, row.ends_at),
        row.gpus,
        row.reason,
        by_cluster=bool(row.by_cluster),
        kept=bool(row.kept),
        gpu=None if row.gpu is None else GpuId(row.gpu),
    )
