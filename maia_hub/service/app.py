"""The app: every part made and put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

import maia_hub
from maia_hub.client.models import State, Usage
from maia_hub.desk import Desk
from maia_hub.service import description, portal, problems, signin
from maia_hub.service import feeds as calendars
from maia_hub.service.acquaintance import Acquaintance
from maia_hub.service.bodies import BodyLimit
from maia_hub.service.context import Context
from maia_hub.service.doors import Doors
from maia_hub.service.headers import Envelope
from maia_hub.service.hubauth import HubAuth
from maia_hub.service.limits import Limiter
from maia_hub.service.live import Live
from maia_hub.service.metrics import Metrics
from maia_hub.service.people import Clock, Tokens
from maia_hub.service.routes import (
    admin,
    audit,
    blocks,
    bookings,
    calendar,
    classes,
    contact,
    events,
    feeds,
    operations,
    people,
    projects,
    queue,
    reports,
    rules,
    series,
    servers,
    sharing,
    spawner,
    templates,
    waitlist,
)
from maia_hub.service.sessions import Sessions
from maia_hub.service.settings import ServiceSettings
from maia_hub.service.streams import Streams
from maia_hub.service.usage import UsageSource

_SUBJECTS = (
    people,
    projects,
    calendar,
    bookings,
    series,
    classes,
    templates,
    servers,
    queue,
    waitlist,
    events,
    feeds,
    contact,
    reports,
    admin,
    blocks,
    audit,
    rules,
    sharing,
    spawner,
)


def create_app(desk: Desk, settings: ServiceSettings, usage: UsageSource, clock: Clock) -> FastAPI:
    """Return the service as an ASGI app; it is closed when the app shuts down."""
    context = _context(desk, settings, usage, clock)
    app = FastAPI(
        title="MAIA Hub",
        version=maia_hub.__version__,
        description="Book GPUs, and see what your servers hold.",
        openapi_url=f"{settings.prefix}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.context = context
    problems.install(app, settings)
    for subject in _SUBJECTS:
        app.include_router(subject.router, prefix=settings.api)
    for pages in (operations.router, signin.router, calendars.router, portal.router):
        app.include_router(pages, prefix=settings.prefix)
    description.install(app, settings)
    app.add_middleware(BodyLimit)
    app.add_middleware(Envelope, metrics=context.metrics, quiet=frozenset(_quiet(settings)))
    return app


def groups_asked(app: FastAPI) -> Callable[[str], Awaitable[Sequence[str] | None]]:
    """Return what asks the hub for somebody's groups, with the service's own right to do so."""
    context: Context = app.state.context
    return context.hub.groups_of


def _context(desk: Desk, settings: ServiceSettings, usage: UsageSource, clock: Clock) -> Context:
    hub = HubAuth(settings)
    live = Live(desk, usage)
    metrics = Metrics(lambda: live.counts(clock()))

    async def state_of(user: str) -> State:
        return await run_in_threadpool(live.state, user, clock())

    async def usage_of(state: State) -> Usage | None:
        if not any(session.gpus for session in state.sessions):
            return None
        return await run_in_threadpool(live.usage, state, clock())

    return Context(
        desk=desk,
        settings=settings,
        usage=usage,
        live=live,
        clock=clock,
        hub=hub,
        tokens=Tokens(hub, clock, settings),
        sessions=Sessions(desk.sign_ins, hub, clock, settings),
        streams=Streams(clock, state_of, usage_of),
        metrics=metrics,
        limiter=Limiter(settings.limits, metrics),
        acquaintance=Acquaintance(hub.groups_of, clock),
        doors=Doors(hub, clock, settings),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    context.streams.start()
    forget = context.desk.subscribe(context.streams.event)
    yield
    forget()
    context.streams.close()
    await context.hub.close()


def _quiet(settings: ServiceSettings) -> tuple[str, ...]:
    return (f"{settings.prefix}/health", f"{settings.prefix}/metrics")
