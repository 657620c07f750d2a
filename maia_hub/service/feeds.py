"""The addresses that calendar programs read.

They can send no header and sign nobody in, so an address is its own key: it opens one feed, for reading, and nothing
else. The key stands in the query, which no log of ours has, and its digest in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

import maia_hub
from maia_hub.core.errors import NotFound
from maia_hub.core.feeds import Feed, FeedKind
from maia_hub.desk import Actor, FeedView
from maia_hub.service import icalendar, views
from maia_hub.service.context import Context, ContextDep, Now
from maia_hub.service.people import digest

CACHING = "private, max-age=60"
_NOBODYS = digest("")

router = APIRouter(include_in_schema=False)


def new_key() -> str:
    """Return a fresh key of 256 bits."""
    return secrets.token_urlsafe(32)


def path_of(feed: Feed, key: str, prefix: str) -> str:
    """Return the path and query at which a feed is read."""
    return f"{prefix}/calendars/{feed.id}.ics?key={key}"


@router.api_route("/calendars/{feed_id}.ics", methods=["GET", "HEAD"])
async def read(
    request: Request,
    context: ContextDep,
    now: Now,
    feed_id: UUID,
    key: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Return the calendar if the key is the feed's; a wrong key and a feed that is none get the same answer."""
    with context.limiter.signing_in(request, known=True):
        feed, version = await run_in_threadpool(context.desk.feed, feed_id, now)
        known = hmac.compare_digest(digest(key), feed.digest if feed else _NOBODYS)
        if feed is None or not known:
            raise NotFound(
                "There is no such calendar.",
                advice="It was revoked or renewed: take its address from the portal.",
            )
    context.limiter.charge(request, feed.user, "feed")
    headers = {"ETag": _tag(feed, version, now), "Cache-Control": CACHING}
    if _holds(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    view = await run_in_threadpool(context.desk.feed_view, feed, now)
    name = f"{feed.kind.value}-gpu-bookings.ics"
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    return Response(_text(context, view, now), media_type=icalendar.MEDIA_TYPE, headers=headers)


def _text(context: Context, view: FeedView, now: datetime) -> bytes:
    """Write the calendar as its owner may see it: without an administrator's rights, which no address has."""
    feed = view.feed
    reader = Actor(feed.user)
    shown = views.BookingViews(reader, view.pools, now, lambda: context.desk.belonging(reader, now))
    entries = [
        icalendar.Entry(booking=shown.one(booking), sequence=change.times, modified=change.at)
        for booking in view.bookings
        if (change := view.changes.get(str(booking.id))) is not None
    ]
    names = {
        FeedKind.OWN: "My GPU bookings",
        FeedKind.POOL: f"GPU bookings: {feed.of}",
        FeedKind.PROJECT: f"GPU bookings of {feed.of}",
    }
    style = icalendar.Style(
        name=names[feed.kind],
        link=context.settings.home,
        reminders=context.desk.closing.warnings if feed.kind is FeedKind.OWN else (),
    )
    return icalendar.render(entries, style)


def _tag(feed: Feed, version: int, now: datetime) -> str:
    """Return what changes whenever the text may: the calendar, the day (which moves the window), this program."""
    parts = (feed.id, feed.renewed, version, now.date(), maia_hub.__version__)
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _holds(request: Request, tag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    return tag in {each.strip().removeprefix("W/") for each in given.split(",")}
