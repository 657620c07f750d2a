"""The event stream, and the same state to be asked for once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from maia_hub.client import models as m
from maia_hub.core.errors import Forbidden, MaiaError, NotSignedIn
from maia_hub.service.context import ActorDep, Context, ContextDep, Now, PersonDep, person_of
from maia_hub.service.limits import LimitedStream
from maia_hub.service.order import Order, written
from maia_hub.service.people import Person
from maia_hub.service.streams import Feed

HEARTBEAT = timedelta(seconds=5)
"""The proxy keeps a stream open whose service has died: silence is all that a browser can notice."""

After = Annotated[str | None, Query(max_length=64, description="As the header `Last-Event-ID`.")]
LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="The last id that was told: what came since is told first."),
]

router = APIRouter(tags=["live"])


@router.get("/state")
def state(context: ContextDep, actor: ActorDep, now: Now) -> m.State:
    """Return everything the panels show of one user."""
    return context.live.state(actor.user, now)


@router.get("/usage")
def usage(context: ContextDep, actor: ActorDep, now: Now) -> m.Usage:
    """Return how busy the GPUs of one's own servers are."""
    return context.live.usage(context.live.state(actor.user, now), now)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "state, change, reset, usage, time",
        }
    },
)
async def events(
    request: Request, context: ContextDep, person: PersonDep, after: After = None, last: LastEventId = None
) -> Response:
    """Stream `state` on connect and at every change, `usage` while GPUs are held, `time` as the heartbeat.

    Every decision about you is told as a `change`, in order. Who connects again with the last id as `Last-Event-ID`, or
    as `after` where no header can be sent, is told what came since, once; if that cannot be, `reset` says so.
    """
    return LimitedStream(
        context.limiter.stream(person.user, person.via),
        _stream(request, context, person, after if last is None else last),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    request: Request, context: Context, person: Person, after: str | None
) -> AsyncIterator[bytes]:
    streams = context.streams
    feed = streams.join(person.user)
    context.metrics.streams.inc()
    try:
        yield b"retry: 1000\n\n"
        order = Order(context, person.user, feed)
        for event in await order.begin(after):
            yield event
        async for event in _events(request, context, feed, order):
            yield event
    finally:
        context.metrics.streams.dec()
        streams.leave(person.user, feed)


async def _events(request: Request, context: Context, feed: Feed, order: Order) -> AsyncIterator[bytes]:
    """Yield what this listener has not seen, then wait for news or the heartbeat; end with the sign-in."""
    state_seen = usage_seen = 0
    beat = asyncio.get_running_loop().time() + HEARTBEAT.total_seconds()
    while not context.streams.closed.is_set():
        news = feed.news
        for event in await order.news():
            yield event
        if feed.state is not None and feed.state_serial > state_seen:
            state_seen = feed.state_serial
            yield written("state", feed.state.model_copy(update={"now": context.clock()}), order.upto)
        if feed.usage is not None and feed.usage_serial > usage_seen:
            usage_seen = feed.usage_serial
            yield written("usage", feed.usage)
        left = beat - asyncio.get_running_loop().time()
        if left <= 0:
            if not await _still_welcome(request, context):
                return
            beat += HEARTBEAT.total_seconds()
            yield b": still here\n\n" + written("time", m.Tick(now=context.clock()))
            continue
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(news.wait(), left)


async def _still_welcome(request: Request, context: Context) -> bool:
    try:
        await person_of(request, context)
    except (NotSignedIn, Forbidden):
        return False
    except MaiaError:
        return True
    return True
