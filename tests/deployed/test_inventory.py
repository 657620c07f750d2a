"""What the nodes offer is written, however often the database refuses it at first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timezone

import pytest

from maia_hub.cluster.nodes import Inventory, inventory
from maia_hub.core.errors import Unavailable
from maia_hub.core.gpus import Gpu, Trouble
from maia_hub.deployed import inventory as keeping
from maia_hub.deployed.inventory import InventoryKeeper

pytestmark = pytest.mark.asyncio
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


def found(gpus: int, **spec: object) -> Inventory:
    counts = {"nvidia.com/gpu": str(gpus)}
    ready = [{"type": "Ready", "status": "True"}]
    status = {"capacity": counts, "allocatable": counts, "conditions": ready}
    return inventory([{"metadata": {"name": "a", "labels": {}}, "spec": spec, "status": status}])


class Busy:
    """Takes an inventory in when it has refused often enough."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.taken: list[tuple[int, list[str]]] = []

    def sync_inventory(self, found: list[Gpu], now: datetime, troubles: Sequence[Trouble] = ()) -> None:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("The database is locked.")
        self.taken.append((len(found), [trouble.reason for trouble in troubles]))


async def test_the_latest_is_written_once_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_AGAIN", 0.01)
    desk = Busy(refusals=2)
    keeper = InventoryKeeper(desk, lambda: NOON)
    running = asyncio.create_task(keeper.run())
    keeper.tell(found(1))
    keeper.tell(found(2, unschedulable=True))
    await asyncio.wait_for(keeper.taken(), 10)
    assert desk.taken == [(2, ["the node is cordoned"])]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_has_not_changed_is_told_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_RENEWED", 0.01)
    desk = Busy(refusals=0)
    keeper = InventoryKeeper(desk, lambda: NOON)
    running = asyncio.create_task(keeper.run())
    keeper.tell(found(1))
    for _ in range(1000):
        if len(desk.taken) >= 2:
            break
        await asyncio.sleep(0.01)
    assert desk.taken[:2] == [(1, []), (1, [])]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
