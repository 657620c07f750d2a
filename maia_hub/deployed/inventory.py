"""Taking in what the cluster's nodes offer, however often the database has to be asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from maia_hub.cluster.nodes import Inventory
from maia_hub.core.gpus import Gpu, Trouble

_log = logging.getLogger(__name__)
_AGAIN = 2.0  # seconds until a database that refused is asked again
_RENEWED = 3600.0  # seconds until the same is told again: an outage without an end is prolonged by it


class Desk(Protocol):
    """What keeps the inventory."""

    def sync_inventory(self, found: list[Gpu], now: datetime, troubles: Sequence[Trouble] = ()) -> None:
        """Take the GPUs that were found, and what is wrong with their nodes, for the truth."""


class InventoryKeeper:
    """Writes the latest inventory, not on the event loop. Make it and run it on the loop of its watch."""

    def __init__(self, desk: Desk, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._clock = clock
        self._latest: Inventory | None = None
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()

    def tell(self, found: Inventory) -> None:
        """Say what there is now."""
        self._latest = found
        self._changed.set()

    async def taken(self) -> None:
        """Wait until the first inventory is written."""
        await self._taken.wait()

    async def run(self) -> None:
        """Write what was told until cancelled."""
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _RENEWED)
            self._changed.clear()
            if self._latest is None:
                continue
            try:
                await asyncio.to_thread(self._write, self._latest)
                self._taken.set()
            except Exception:
                _log.exception("what the nodes offer was not written; it is tried again")
                self._changed.set()
                await asyncio.sleep(_AGAIN)

    def _write(self, found: Inventory) -> None:
        self._desk.sync_inventory(found.gpus(), self._clock(), found.troubles())
