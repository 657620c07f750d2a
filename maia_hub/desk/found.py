"""What is found where something was freed: what is open there now, and who was passed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.gpus import GpuPool, Node
from maia_hub.core.ids import NodeId, WishId
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Refusal
from maia_hub.core.view import Taken
from maia_hub.core.waitlist import Opening, openings
from maia_hub.desk.wishing import taken_on
from maia_hub.desk.work import Work


@dataclass
class Found:
    """The openings of a node, and who was passed over because a rule refuses."""

    pool: GpuPool
    node: Node
    taken: list[Taken]
    freed: Interval
    refused: dict[WishId, Refusal]

    def openings(self, now: datetime) -> list[Opening]:
        """Return what is free there and touches what was freed."""
        return openings(self.node, self.taken, self.freed, now)


def pool_with(work: Work, node: NodeId) -> GpuPool | None:
    """Return the pool of a node."""
    return next((p for p in work.tx.inventory.pools() for n in p.nodes if n.id == node), None)


def found_on(work: Work, pool: GpuPool, node_id: NodeId, freed: Interval) -> Found | None:
    """Return what was freed there; None if nobody waits for it."""
    if not work.tx.wishes.any(pool.id):
        return None
    node = next(n for n in pool.nodes if n.id == node_id)
    return Found(pool, node, list(taken_on(work, node)), freed, {})
