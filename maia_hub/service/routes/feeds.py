"""One's own subscriptions: calendar feeds with addresses that calendar programs can read."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from maia_hub.client import models as m
from maia_hub.core.feeds import Feed, FeedKind
from maia_hub.service.context import ActorDep, Context, ContextDep, Now
from maia_hub.service.feeds import new_key, path_of
from maia_hub.service.once import once
from maia_hub.service.people import digest

router = APIRouter(prefix="/feeds", tags=["calendar"])


@router.get("")
def feeds(context: ContextDep, actor: ActorDep, now: Now) -> list[m.FeedModel]:
    """Return one's own calendar feeds; their addresses are shown once, when they are made."""
    return [_shown(feed) for feed in context.desk.feeds(actor, now)]


@router.post("", status_code=201)
def add(
    http: Request, context: ContextDep, actor: ActorDep, now: Now, request: m.FeedRequest
) -> m.NewFeedModel:
    """Make a calendar feed of one's own bookings, of a pool or of a project; the answer has its address."""
    kind, key = FeedKind(request.kind), new_key()
    feed = context.desk.add_feed(actor, kind, request.of, digest(key), now)
    return _new(http, context, feed, key)


@router.post("/{feed_id}/renew")
def renew(http: Request, context: ContextDep, actor: ActorDep, now: Now, feed_id: UUID) -> m.NewFeedModel:
    """Give a feed another address; the one before leads nowhere."""
    key = new_key()
    return _new(http, context, context.desk.renew_feed(actor, feed_id, digest(key), now), key)


@router.delete("/{feed_id}", status_code=204)
@once
def revoke(context: ContextDep, actor: ActorDep, now: Now, feed_id: UUID) -> Response:
    """End a feed: its address leads nowhere from now on."""
    context.desk.revoke_feed(actor, feed_id, now)
    return Response(status_code=204)


def _shown(feed: Feed) -> m.FeedModel:
    return m.FeedModel(
        id=feed.id, kind=feed.kind.value, of=feed.of, created=feed.created, renewed=feed.renewed
    )


def _new(http: Request, context: Context, feed: Feed, key: str) -> m.NewFeedModel:
    path = path_of(feed, key, context.settings.prefix)
    scheme = http.headers.get("x-forwarded-proto", http.url.scheme).partition(",")[0].strip()
    origin = context.settings.address or f"{scheme}://{http.url.netloc}"
    return m.NewFeedModel(**_shown(feed).model_dump(), path=path, address=f"{origin}{path}")
