"""Taking a whole product out of service: an outage of each node that has it, added and removed as one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from maia_hub.core.errors import Conflict, NotFound
from maia_hub.core.gpus import Block, GpuPool, Outage
from maia_hub.desk.machines import MachineCases, Undo, refuse_unless
from maia_hub.desk.people import Actor, require_admin
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.values import Effect
from maia_hub.desk.work import Work


class BlockCases(MachineCases):
    """What administrators do to all GPUs of one product at once."""

    def block_effect(self, actor: Actor, block: Block, now: datetime) -> Effect:
        """Say what blocking a product would do to bookings (administrators); nothing is changed."""
        require_admin(actor)
        try:
            with self._write(now) as work:
                _, effect = self._add(work, actor, _spread(work, block))
                raise Undo(effect)
        except Undo as e:
            return e.effect

    def block(
        self, actor: Actor, block: Block, now: datetime, *, despite_bookings: bool = False
    ) -> dict[int, Outage]:
        """Take a product out of the calendar for a while (administrators); return the outages by their ids.

        Bookings that need it make this a `Conflict` that names them, unless it is to be ``despite_bookings``: then they
        stay, and their owners are told and offered other times. Nodes that are out for the same time already stay so.
        """
        require_admin(actor)
        with self._write(now) as work:
            outages = _spread(work, block)
            numbers, effect = self._add(work, actor, outages)
            refuse_unless(effect, despite=despite_bookings)
            reclaim(work)
            return dict(zip(numbers, outages, strict=True))

    def unblock(self, actor: Actor, block: Block, now: datetime) -> None:
        """Put back into the calendar what a block has taken out (administrators)."""
        require_admin(actor)
        with self._write(now) as work:
            nodes = {node.id for node in _pool(work, block).nodes}
            said = (block.interval, block.reason, None)
            found = {
                number: each
                for number, each in _planned(work).items()
                if each.node in nodes and (each.interval, each.reason, each.gpu) == said
            }
            if not found:
                raise NotFound(
                    "Nothing of that product is out of service so.",
                    given=block.reason,
                    advice="Reload the calendar.",
                )
            self._put_back(work, actor, found)


def _pool(work: Work, block: Block) -> GpuPool:
    pools = {pool.id: pool for pool in work.tx.inventory.pools()}
    if block.pool not in pools:
        raise NotFound("There is no such GPU pool.", given=block.pool, allowed=list(pools))
    return pools[block.pool]


def _whole(pool: GpuPool, block: Block) -> list[Outage]:
    """Return an outage of all its GPUs for each node that has any."""
    return [
        Outage(node.id, block.interval, node.capacity, block.reason) for node in pool.nodes if node.capacity
    ]


def _spread(work: Work, block: Block) -> list[Outage]:
    """Return what is to be added: nothing for nodes of which nothing is left over the same time."""
    pool = _pool(work, block)
    out = {(each.node, each.interval): each.gpus for each in _planned(work).values() if each.gpu is None}
    wanted = [each for each in _whole(pool, block) if out.get((each.node, each.interval), 0) < each.gpus]
    if not wanted:
        raise Conflict(
            f"All {pool.product} are out of service over that time already.",
            given=block.reason,
            advice="Nothing was added. To change what it says, remove it and add it anew.",
        )
    return wanted


def _planned(work: Work) -> Mapping[int, Outage]:
    found = work.tx.inventory.outages()
    return {number: each for number, each in found if not each.by_cluster and not each.kept}
