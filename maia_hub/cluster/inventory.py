"""The cluster's GPUs, followed by a watch of its nodes."""

from __future__ import annotations

from collections.abc import Callable, Collection

from maia_hub.cluster.connection import Api, Json
from maia_hub.cluster.nodes import Inventory, Offer, offers
from maia_hub.cluster.watch import Change, Watch


class NodeWatch:
    """Knows what the nodes offer now, and calls ``on_change`` with all of it when any of it changed.

    The first call comes with the first complete list. While the watch is ``stale`` nothing is called: the last
    inventory stays in force, for an API that is away says nothing about the nodes.
    """

    def __init__(
        self,
        api: Api,
        on_change: Callable[[Inventory], None],
        *,
        tolerated: Collection[str] = (),
    ) -> None:
        self._on_change = on_change
        self._tolerated = frozenset(tolerated)
        self._told: Inventory | None = None
        self._watch: Watch[tuple[Offer, ...]] = Watch(
            api, "/api/v1/nodes", self._read, on_change=self._changed, on_sync=self._synced
        )

    @property
    def stale(self) -> bool:
        """Tell whether the inventory may lag behind the cluster."""
        return self._watch.stale

    @property
    def inventory(self) -> Inventory:
        """Return what the nodes offer, as last seen; may be asked from any thread."""
        found = [offer for each in self._watch.objects.values() for offer in each]
        return Inventory(tuple(sorted(found, key=lambda offer: offer.node)))

    async def synced(self) -> None:
        """Wait until the nodes are known and followed."""
        await self._watch.synced()

    async def run(self) -> None:
        """Follow the nodes until cancelled."""
        await self._watch.run()

    def _read(self, node: Json) -> tuple[Offer, ...] | None:
        return tuple(offers(node, self._tolerated)) or None  # heartbeats of a node leave its offers equal

    def _changed(self, _: Change[tuple[Offer, ...]]) -> None:
        if not self._watch.stale:  # in the middle of a list it would be half the truth
            self._tell()

    def _synced(self) -> None:
        if not self.stale:
            self._tell()

    def _tell(self) -> None:
        found = self.inventory
        if found != self._told:
            self._on_change(found)
            self._told = found  # only now: what failed is told again with the next change
