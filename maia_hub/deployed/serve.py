"""Service and control loops in one process, for a site with one replica of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import URL

from maia_hub.client.models import ForeignProcess, GpuUsage
from maia_hub.cluster.connection import connect
from maia_hub.cluster.inventory import NodeWatch
from maia_hub.cluster.pods import PodWatch
from maia_hub.cluster.processes import PodProcesses
from maia_hub.cluster.sessions import SessionWriter, Wanted
from maia_hub.core.ids import LeaseId
from maia_hub.core.policy import PRESETS, PolicySet
from maia_hub.deployed.inventory import InventoryKeeper
from maia_hub.deployed.losses import Losses
from maia_hub.deployed.settings import Settings
from maia_hub.desk import Desk
from maia_hub.hub import HubApi
from maia_hub.reconcile import Reconciler
from maia_hub.service.app import create_app
from maia_hub.service.server import Server, make_server
from maia_hub.service.settings import ServiceSettings
from maia_hub.store import Store

_log = logging.getLogger(__name__)
_AGAIN = 2.0  # seconds until a database that refused is asked again
_SYNCED_WITHIN = 60.0  # seconds until nodes and pods are known


class NoUsage:
    """How busy a cluster's GPUs are is for its monitoring to say; nothing is read here."""

    def usage(self, gpu_ids: Sequence[str], /) -> list[GpuUsage]:
        """Return nothing."""
        return []

    def processes(self) -> list[ForeignProcess]:
        """Return nothing: the scheduler hands out whole devices."""
        return []


def clock() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(timezone.utc)


class Sessions:
    """Keeps what is written on the pods equal to what the desk says, whenever something changes."""

    def __init__(self, desk: Desk, writer: SessionWriter) -> None:
        self._desk = desk
        self._writer = writer
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
        held = await asyncio.to_thread(self._desk.held, clock())
        self._writer.want_all(
            {
                LeaseId(UUID(each.session.grant)): Wanted(
                    session=each.session.to_json(), until=each.session.until, latest_end=each.latest
                )
                for each in held
            }
        )


async def serve(
    settings: Settings, database: URL, secrets: dict[str, str], kubeconfig: Path | None = None
) -> None:
    """Serve and reconcile until a signal ends it."""
    store = Store(database)
    desk = Desk(
        store=store,
        policies=PolicySet(PRESETS[settings.policy]),
        closing=settings.closing,
        publish=lambda _: None,  # what a pod should say is compared and written by `Sessions`
        patience=timedelta(seconds=settings.alarm_after),
    )
    app = create_app(desk, _told(settings, secrets), NoUsage(), clock)
    server = make_server(app, settings.host, settings.port)
    async with await connect(kubeconfig) as api, HubApi(settings.hub_api_url, secrets["controller"]) as hub:
        inventory = InventoryKeeper(desk, clock)
        nodes = NodeWatch(api, inventory.tell, tolerated=settings.tolerated)
        pods = PodWatch(api, settings.namespaces, on_end=Losses(desk, hub, clock).take)
        writer = SessionWriter(api, pods)
        sessions = Sessions(desk, writer)
        loops = Reconciler(desk, hub, PodProcesses(api, pods), clock)
        forget = [desk.subscribe(loops.wake), desk.subscribe(sessions.wake), desk.follow()]
        pods.listen(loops.wake)
        watching = _begin(nodes.run(), pods.run(), writer.run(), inventory.run())
        try:
            known = asyncio.gather(nodes.synced(), pods.synced(), inventory.taken())
            await asyncio.wait_for(known, _SYNCED_WITHIN)
            watching += _begin(sessions.run(), loops.run())
            for task in watching:
                task.add_done_callback(partial(_give_up, server))
            await server.serve()
        finally:
            for leave in forget:
                leave()
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            store.close()


def _begin(*work: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(each) for each in work]


def _give_up(server: Server, task: asyncio.Task[None]) -> None:
    """End the process whose loop has died: whoever started it starts another one, and half of one helps nobody."""
    if not task.cancelled():
        _log.critical("a loop has ended, and this process with it", exc_info=task.exception())
        server.should_exit = True


def _told(settings: Settings, secrets: dict[str, str]) -> ServiceSettings:
    return ServiceSettings(
        hub_api_url=settings.hub_api_url,
        api_token=secrets["service"],
        spawner_token=secrets["spawner"],
        prefix=settings.prefix,
    )
