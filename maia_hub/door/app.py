"""The app: sign-in as at the service, the API, and all other paths to the tools."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

import maia_hub
from maia_hub.core.projects import Projects
from maia_hub.door import acting, routes
from maia_hub.door.astray import Astray
from maia_hub.door.carrier import Carrier
from maia_hub.door.context import Door
from maia_hub.door.frame import Frame
from maia_hub.door.gate import Gate
from maia_hub.door.keys import PageKeys
from maia_hub.door.leaving import Leaving
from maia_hub.door.shares import Shares
from maia_hub.door.shelf import Shelf
from maia_hub.door.signins import SignInsInMemory
from maia_hub.service import problems, signin
from maia_hub.service.hubauth import HubAuth
from maia_hub.service.limits import Limiter
from maia_hub.service.metrics import Counts, Metrics
from maia_hub.service.people import Clock, Tokens
from maia_hub.service.sessions import Sessions
from maia_hub.service.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the door is told of its site; see `maia_hub.door.context.Door`.

    ``service`` is the address of the booking service, which knows what people share; with none nothing is shared.
    """

    projects: Projects
    reached: str
    platform: str = ""
    service: str = ""
    ancestors: str = "'self'"
    recheck: float = 30.0


def create_app(shelf: Shelf, settings: ServiceSettings, site: Site, clock: Clock) -> FastAPI:
    """Return the door as an ASGI app; it is closed when the app shuts down."""
    door = _door(shelf, settings, site, clock)
    app = FastAPI(
        title="MAIA Hub: tools",
        version=maia_hub.__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.context = door
    app.router.redirect_slashes = False
    problems.install(app, settings)
    app.include_router(routes.router, prefix=f"{settings.prefix}/api")
    app.include_router(acting.router, prefix=f"{settings.prefix}/api")
    app.include_router(routes.health, prefix=settings.prefix)
    app.include_router(signin.router, prefix=settings.prefix)
    app.mount(settings.prefix, Gate(door))
    app.add_middleware(Frame, metrics=door.metrics, prefix=settings.prefix)
    if settings.origin:
        app.add_middleware(Astray, hub=settings.hub_origin, door=settings.origin)
    return app


def _door(shelf: Shelf, settings: ServiceSettings, site: Site, clock: Clock) -> Door:
    hub = HubAuth(settings)
    leaving = Leaving(shelf, hub, site.projects, site.recheck)
    metrics = Metrics(lambda: Counts({}, {}, {}, {}, {}, {}, {}, {}))
    return Door(
        settings=settings,
        clock=clock,
        hub=hub,
        tokens=Tokens(hub, clock, settings),
        sessions=Sessions(SignInsInMemory(), hub, clock, settings),
        metrics=metrics,
        limiter=Limiter(settings.limits, metrics),
        projects=site.projects,
        shelf=shelf,
        keys=PageKeys(settings.api_token),
        carrier=Carrier(),
        leaving=leaving,
        shares=Shares(site.service, settings.api_token),
        reached=site.reached,
        platform=site.platform,
        ancestors=site.ancestors,
        recheck=site.recheck,
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    door: Door = app.state.context
    async with door.carrier.running(), door.shelf.running(), door.leaving.running():
        yield
    await door.hub.close()
    await door.shares.close()
