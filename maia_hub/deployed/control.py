"""The control loops over a cluster: what only one process may do at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from maia_hub.cluster.certificates import Certificates
from maia_hub.cluster.connection import Api
from maia_hub.cluster.inventory import NodeWatch
from maia_hub.cluster.pods import PodWatch
from maia_hub.cluster.processes import PodProcesses
from maia_hub.cluster.sessions import SessionWriter, Wanted
from maia_hub.core.ids import LeaseId
from maia_hub.deployed.inventory import InventoryKeeper
from maia_hub.deployed.losses import Losses
from maia_hub.deployed.settings import Settings
from maia_hub.desk import Desk
from maia_hub.hub import HubApi
from maia_hub.reconcile import Reconciler

_log = logging.getLogger(__name__)
_AGAIN = 2.0  # seconds until a database that refused is asked again
_SYNCED_WITHIN = 60.0  # seconds until nodes and pods are known


class Sessions:
    """Keeps what is written on the pods equal to what the desk says, whenever something changes."""

    def __init__(self, desk: Desk, writer: SessionWriter, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._writer = writer
        self._clock = clock
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self, *_: object) -> None:
        """Look at once; may be called from any thread."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._changed.set)

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._changed.clear()
            try:
                await self._look()
            except Exception:  # a database that is away comes back, and nobody would wake us then
                _log.exception("what pods should say could not be read; it is tried again")
                self._loop.call_later(_AGAIN, self._changed.set)
            await self._changed.wait()

    async def _look(self) -> None:
        held = await asyncio.to_thread(self._desk.held, self._clock())
        self._writer.want_all(
            {
                LeaseId(UUID(each.session.grant)): Wanted(
                    session=each.session.to_json(), until=each.session.until, latest_end=each.latest
                )
                for each in held
            }
        )


class Control:
    """Follows nodes and pods, keeps the ends of bookings, and writes on pods what they hold.

    ``known`` is set once the cluster is known. It may be run anew after it was cancelled: nothing is remembered.
    """

    def __init__(
        self, desk: Desk, api: Api, hub: HubApi, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self._desk = desk
        self._api = api
        self._hub = hub
        self._settings = settings
        self._clock = clock
        self.known = asyncio.Event()

    async def run(self) -> None:
        """Run until cancelled.

        Raises:
            Exception: a loop has died, or the cluster was not known in time; half of the loops helps nobody.
        """
        inventory = InventoryKeeper(self._desk, self._clock)
        nodes = NodeWatch(self._api, inventory.tell, tolerated=self._settings.tolerated)
        losses = Losses(self._desk, self._hub, self._clock)
        pods = PodWatch(self._api, self._settings.namespaces, on_end=losses.take)
        writer = SessionWriter(self._api, pods)
        sessions = Sessions(self._desk, writer, self._clock)
        loops = Reconciler(self._desk, self._hub, PodProcesses(self._api, pods), self._clock)
        pods.listen(loops.wake)
        running = _begin(nodes.run(), pods.run(), writer.run(), inventory.run(), *self._certificates())
        with ExitStack() as subscribed:
            for listener in (loops.wake, sessions.wake):
                subscribed.callback(self._desk.subscribe(listener))
            try:
                known = asyncio.gather(nodes.synced(), pods.synced(), inventory.taken())
                await asyncio.wait_for(known, _SYNCED_WITHIN)
                self.known.set()
                running += _begin(sessions.run(), loops.run())
                await asyncio.gather(*running)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

    def _certificates(self) -> list[Coroutine[Any, Any, None]]:
        review = self._settings.review
        if review is None:
            return []
        return [Certificates(self._api, review.namespace, review.name, self._clock).run()]


def _begin(*work: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(each) for each in work]
