"""The service and the loops in one process, under a lock; `maia up` starts it for its data folder."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from maia_hub.core import sessionfile
from maia_hub.core.errors import Conflict, MaiaError, NotFound
from maia_hub.core.policy import PRESETS
from maia_hub.core.sessionfile import SessionFile
from maia_hub.desk import Desk
from maia_hub.embedded.folder import Folder, exclusive
from maia_hub.embedded.gpus import inventory
from maia_hub.embedded.hub_config import PREFIX
from maia_hub.embedded.ports import LOOPBACK
from maia_hub.embedded.processes import LocalProcesses
from maia_hub.embedded.programs import hub_api
from maia_hub.embedded.settings import Settings, load
from maia_hub.embedded.usage import LocalUsage
from maia_hub.hub import HubApi
from maia_hub.hub.origins import door_origin
from maia_hub.reconcile import (
    EntryKeeper,
    IdleWatch,
    Membership,
    Outward,
    Reconciler,
    Retention,
    Sampled,
    telling,
)
from maia_hub.service.app import create_app, groups_asked
from maia_hub.service.logs import configure
from maia_hub.service.people import clock
from maia_hub.service.server import make_server
from maia_hub.service.settings import ServiceSettings
from maia_hub.store import Store

_PREDECESSOR = 10.0  # seconds that one which is just ending may take


def main() -> None:
    """Run until told to end; what is wrong at the start is said and ends it with status 1."""
    parser = argparse.ArgumentParser(description="Service and loops of one data folder; maia up starts it.")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    folder = Folder(parser.parse_args().data)
    configure(sys.stdout)
    try:
        settings = load(folder.settings)
        if settings is None:
            raise NotFound("There are no settings yet.", given=str(folder.root), advice="Run: maia up")
        _alone(folder, settings)
    except MaiaError as e:
        sys.exit(" ".join(str(part) for part in (e.message, e.given, e.advice) if part))


def _alone(folder: Folder, settings: Settings) -> None:
    """Take the lock before any loop; wait a little for a predecessor that is ending."""
    until = time.monotonic() + _PREDECESSOR
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(exclusive(folder.run / "service.lock", "Another service"))
                break
            except Conflict:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        asyncio.run(serve(folder, settings))


async def serve(folder: Folder, settings: Settings) -> None:
    """Serve and reconcile until a signal ends it."""
    store = Store(f"sqlite:///{folder.database}")
    desk = Desk(
        store=store,
        policies=settings.policies(PRESETS[settings.policy]),
        closing=settings.closing,
        publish=lambda content: publish(folder, content),
        projects=settings.site(),
    )
    gpus = inventory(settings.simulated)
    desk.sync_inventory(gpus, clock())
    usage = LocalUsage(
        gpus,
        lambda: {gpu: str(held.id) for held in desk.live_leases(clock()) for gpu in held.gpus},
        folder.simulated_usage,
    )
    told = _told(settings)
    app = create_app(desk, told, usage, clock)
    server = make_server(app, LOOPBACK, settings.ports.service)
    async with HubApi(hub_api(settings), settings.secrets.controller) as hub:
        loops = Reconciler(desk, hub, LocalProcesses(folder.sessions), clock)
        members = Membership(desk, groups_asked(app), clock)
        running: list[Reconciler | Outward | EntryKeeper | Membership] = [
            loops,
            EntryKeeper(desk, hub, clock),
            members,
        ]
        running += telling(desk, clock, settings.mail, settings.webhook_hosts, told.home)
        forget = [desk.subscribe(each.wake) for each in running]
        looping = [asyncio.create_task(each.run()) for each in running]
        looping.append(asyncio.create_task(Retention(desk, clock, settings.keep).run()))
        if settings.idle is not None:
            watch = IdleWatch(desk, Sampled(usage.utilisation), settings.idle.rules(), clock)
            looping.append(asyncio.create_task(watch.run()))
        try:
            await server.serve()
        finally:
            for each in forget:
                each()
            for task in looping:
                task.cancel()
            await asyncio.gather(*looping, return_exceptions=True)
            store.close()


def publish(folder: Folder, content: SessionFile) -> None:
    """Put what a session holds where its supervisor and its kernels read it."""
    sessionfile.write(folder.sessions / content.grant / sessionfile.NAME, content)


def _told(settings: Settings) -> ServiceSettings:
    return ServiceSettings(
        hub_api_url=hub_api(settings),
        api_token=settings.secrets.service,
        spawner_token=settings.secrets.spawner,
        prefix=PREFIX,
        address=settings.origin,
        door_origin=door_origin(settings.subdomain_host) if settings.subdomain_host else "",
        mail=settings.mail is not None,
        webhook_hosts=tuple(settings.webhook_hosts),
        limits=settings.limits.limits(),
    )


if __name__ == "__main__":
    main()
