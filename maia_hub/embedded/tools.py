"""The door to the tools, and the tools that this machine runs; `maia up` starts it for its data folder."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from maia_hub.core.errors import MaiaError, NotFound
from maia_hub.door.apart import Apart
from maia_hub.door.app import Site, create_app
from maia_hub.door.here import Here
from maia_hub.door.outside import configured
from maia_hub.door.server import make_server
from maia_hub.door.shelf import Shelf
from maia_hub.embedded.folder import Folder
from maia_hub.embedded.hub_config import PREFIX, TOOLS_PREFIX, service_url, tools_url
from maia_hub.embedded.ports import LOOPBACK
from maia_hub.embedded.programs import hub_api
from maia_hub.embedded.settings import Settings, load, new_secret
from maia_hub.hub.origins import door_origin
from maia_hub.hub.roles import TOOLS
from maia_hub.service.logs import configure
from maia_hub.service.people import clock
from maia_hub.service.settings import ServiceSettings
from maia_hub.tools.local import LocalTools


def main() -> None:
    """Run until told to end; what is wrong at the start is said and ends it with status 1."""
    parser = argparse.ArgumentParser(description="The door to the tools of a data folder; maia up starts it.")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    folder = Folder(parser.parse_args().data)
    configure(sys.stdout)
    try:
        settings = load(folder.settings)
        if settings is None:
            raise NotFound("There are no settings yet.", given=str(folder.root), advice="Run: maia up")
        asyncio.run(serve(folder, settings))
    except MaiaError as e:
        sys.exit(" ".join(str(part) for part in (e.message, e.given, e.advice) if part))


async def serve(folder: Folder, settings: Settings) -> None:
    """Serve until a signal ends it."""
    here = Here(LocalTools(folder.tools, TOOLS_PREFIX), folder.tools / "wanted.json")
    shelf = Shelf([configured(settings.tools, clock), here])
    await make_server(
        create_app(shelf, _told(settings), _site(settings), clock), LOOPBACK, settings.ports.tools
    ).serve()


def _site(settings: Settings) -> Site:
    site, apart = (
        Site(
            projects=settings.site(),
            reached=tools_url(settings),
            platform=settings.address,
            service=f"{service_url(settings)}{PREFIX}",
        ),
        _apart(settings),
    )
    return replace(site, ancestors=apart.ancestors) if apart else site


def _apart(settings: Settings) -> Apart | None:
    hub = settings.subdomain_host
    return Apart(door=door_origin(hub), hub=hub) if hub else None


def _told(settings: Settings) -> ServiceSettings:
    apart = _apart(settings)
    return ServiceSettings(
        hub_api_url=hub_api(settings),
        api_token=settings.secrets.tools,
        spawner_token=new_secret(),  # the spawner has no business here
        prefix=TOOLS_PREFIX,
        service_name=TOOLS,
        client_id=f"service-{TOOLS}",
        address=settings.origin,
        public_url=apart.door if apart else None,
        hub_origin=apart.hub if apart else "",
        limits=settings.limits.limits(),
    )


if __name__ == "__main__":
    main()
