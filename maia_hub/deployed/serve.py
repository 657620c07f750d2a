"""Service and control loops in one process; of several, one runs the loops."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import URL

from maia_hub.client.models import ForeignProcess, GpuUsage
from maia_hub.cluster.connection import Api, connect
from maia_hub.cluster.leader import Leader
from maia_hub.deployed.control import Control
from maia_hub.deployed.desk import opened
from maia_hub.deployed.settings import Settings
from maia_hub.desk import Desk
from maia_hub.hub import HubApi
from maia_hub.service.app import create_app, groups_asked
from maia_hub.service.people import clock
from maia_hub.service.server import Server, make_server
from maia_hub.service.settings import ServiceSettings

_log = logging.getLogger(__name__)


class NoUsage:
    """How busy a cluster's GPUs are is for its monitoring to say; nothing is read here."""

    def usage(self, gpu_ids: Sequence[str], /) -> list[GpuUsage]:
        """Return nothing."""
        return []

    def processes(self) -> list[ForeignProcess]:
        """Return nothing: the scheduler hands out whole devices."""
        return []


async def serve(
    settings: Settings, database: URL, secrets: dict[str, str], kubeconfig: Path | None = None
) -> None:
    """Serve and reconcile until a signal ends it."""
    with opened(settings, database) as desk:
        await _serve(desk, settings, secrets, kubeconfig)


async def _serve(desk: Desk, settings: Settings, secrets: dict[str, str], kubeconfig: Path | None) -> None:
    told = _told(settings, secrets)
    app = create_app(desk, told, NoUsage(), clock)
    server = make_server(app, settings.host, settings.port)
    async with await connect(kubeconfig) as api, HubApi(settings.hub_api_url, secrets["controller"]) as hub:
        control = Control(desk, api, hub, settings, clock, told.home, groups_asked(app))
        controlling = asyncio.create_task(_control(control, api, settings.lease))
        controlling.add_done_callback(partial(_give_up, server))
        unfollow = desk.follow()
        stopped = _until_stopped(server)
        try:
            if settings.lease is None:
                await _known(control, controlling, stopped)
            await server.serve()
        finally:
            unfollow()
            controlling.cancel()
            await asyncio.gather(controlling, return_exceptions=True)


def _until_stopped(server: Server) -> asyncio.Event:
    """Return what SIGTERM sets. Left alone, uvicorn raises it anew once it has ended, before anything is tidied up."""
    stopped = asyncio.Event()

    def stop() -> None:
        stopped.set()
        server.should_exit = True

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    return stopped


async def _known(control: Control, controlling: asyncio.Task[None], stopped: asyncio.Event) -> None:
    """Wait until the GPUs are known: before that, every question about them has a wrong answer."""
    waiting = {asyncio.create_task(event.wait()) for event in (control.known, stopped)}
    await asyncio.wait({*waiting, controlling}, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()


async def _control(control: Control, api: Api, lease: str | None) -> None:
    """Run the loops, of several processes in the one that holds the lease."""
    if lease is None:
        await control.run()
    else:
        namespace, _, name = lease.partition("/")
        identity = f"{socket.gethostname()}_{os.getpid()}"
        await Leader(api, namespace, name, identity).run(control.run)


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
        address=settings.address,
        door_origin=settings.door_origin,
        mail=settings.mail is not None,
        webhook_hosts=tuple(settings.webhook_hosts),
        limits=settings.limits.limits(),
    )
