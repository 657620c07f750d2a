"""What is kept free for who has waited longest: outages for all others, so that nothing else has to know of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from maia_hub.core.ids import NodeId, PoolId, WishId
from maia_hub.core.interval import Interval
from maia_hub.store.tables import nodes, outages
from maia_hub.store.wish_tables import keeps

REASON = "kept free for who has waited longest"


@dataclass(frozen=True)
class Keep:
    """So many GPUs of a node are kept for a wish over a time, a part of the place that would begin then."""

    wish: WishId
    node: NodeId
    interval: Interval
    gpus: int
    begins: datetime


@dataclass(frozen=True)
class Keeps:
    """What is kept for whom."""

    connection: Connection

    def of(self, pool: PoolId | None = None, wish: WishId | None = None) -> list[Keep]:
        """Return what is kept, of a pool or for a wish if they are named, by its beginning."""
        query = (
            select(keeps.c.wish, keeps.c.begins, outages)
            .join(outages, outages.c.id == keeps.c.outage)
            .join(nodes, nodes.c.id == outages.c.node)
            .order_by(outages.c.starts_at, outages.c.id)
        )
        if pool is not None:
            query = query.where(nodes.c.pool == pool)
        if wish is not None:
            query = query.where(keeps.c.wish == wish)
        return [
            Keep(
                wish=WishId(row.wish),
                node=NodeId(row.node),
                interval=Interval(row.starts_at, row.ends_at),
                gpus=row.gpus,
                begins=row.begins,
            )
            for row in self.connection.execute(query)
        ]

    def add(self, keep: Keep) -> None:
        """Keep GPUs; that they are free is for the caller to know."""
        done = self.connection.execute(
            insert(outages).values(
                node=keep.node,
                starts_at=keep.interval.start,
                ends_at=keep.interval.end,
                gpus=keep.gpus,
                reason=REASON,
            )
        )
        (number,) = done.inserted_primary_key or (None,)
        self.connection.execute(insert(keeps).values(outage=number, wish=keep.wish, begins=keep.begins))

    def remove(self, wishes: Collection[WishId]) -> None:
        """Keep nothing for these wishes any longer."""
        theirs = select(keeps.c.outage).where(keeps.c.wish.in_(list(wishes)))
        self.connection.execute(delete(outages).where(outages.c.id.in_(theirs)))
