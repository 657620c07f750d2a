"""Calendar feeds: subscribe, renew, revoke, and what a feed shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from maia_hub.core.bookings import Booking
from maia_hub.core.errors import Conflict, NotFound
from maia_hub.core.feeds import Feed, FeedKind
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.projects import require_member
from maia_hub.desk.cases import Cases
from maia_hub.desk.people import Actor
from maia_hub.desk.work import CALENDAR_EVENTS, Work
from maia_hub.store.events import Change

PAST = timedelta(days=30)
"""For how long a feed still shows what is over, and says of what was cancelled that it was."""
AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """What a feed shows: bookings by their start, how often and when each was changed, and their pools."""

    feed: Feed
    bookings: tuple[Booking, ...]
    changes: Mapping[str, Change]
    pools: tuple[GpuPool, ...]


class FeedCases(Cases):
    """What people do with feeds of the calendar."""

    def feeds(self, actor: Actor, now: datetime) -> list[Feed]:
        """Return one's own feeds, the oldest first."""
        with self._read(now) as work:
            return work.tx.feeds.of_user(actor.user)

    def add_feed(self, actor: Actor, kind: FeedKind, of: str, digest: str, now: datetime) -> Feed:
        """Make a feed whose address has the key with that digest.

        Raises:
            NotFound: there is no such pool.
            Forbidden: it is of a project that one is not in.
            Conflict: one subscribes to that already.
        """
        of = "" if kind is FeedKind.OWN else of
        with self._write(now) as work:
            _known(work, actor, kind, of)
            if any((feed.kind, feed.of) == (kind, of) for feed in work.tx.feeds.of_user(actor.user)):
                raise Conflict(
                    "You have subscribed to this already.",
                    given=of or kind.value,
                    advice="Its address cannot be shown again. Renew it to get another one in its place.",
                )
            feed = Feed(
                id=uuid4(), user=actor.user, kind=kind, of=of, digest=digest, created=now, renewed=now
            )
            work.tx.feeds.put(feed)
            _record(work, actor, "feed.added", feed)
            return feed

    def renew_feed(self, actor: Actor, feed_id: UUID, digest: str, now: datetime) -> Feed:
        """Give a feed an address with another key; the one before leads nowhere."""
        with self._write(now) as work:
            feed = replace(_own(work, actor, feed_id), digest=digest, renewed=now)
            work.tx.feeds.put(feed)
            _record(work, actor, "feed.renewed", feed)
            return feed

    def revoke_feed(self, actor: Actor, feed_id: UUID, now: datetime) -> None:
        """End a feed: its address leads nowhere from now on."""
        with self._write(now) as work:
            feed = _own(work, actor, feed_id)
            work.tx.feeds.delete(feed.id)
            _record(work, actor, "feed.revoked", feed)

    def feed(self, feed_id: UUID, now: datetime) -> tuple[Feed | None, int]:
        """Return a feed, None if there is none, and the number of the last change of the calendar."""
        with self._read(now) as work:
            feed = work.tx.feeds.get(feed_id)
            return feed, work.tx.events.latest(CALENDAR_EVENTS) if feed else 0

    def feed_view(self, feed: Feed, now: datetime) -> FeedView:
        """Return what a feed shows today."""
        with self._read(now) as work:
            today = now.replace(hour=0, minute=0, second=0, microsecond=0)
            window = Interval(today - PAST, today + AHEAD)
            user = feed.user if feed.kind is FeedKind.OWN else None
            shown = [b for b in work.tx.bookings.within(window, user=user) if user or feed.shows(b)]
            return FeedView(
                feed=feed,
                bookings=tuple(shown),
                changes=work.tx.events.changes([str(booking.id) for booking in shown]),
                pools=tuple(work.tx.inventory.pools()),
            )


def _known(work: Work, actor: Actor, kind: FeedKind, of: str) -> None:
    pools = sorted(pool.id for pool in work.tx.inventory.pools())
    if kind is FeedKind.POOL and of not in pools:
        raise NotFound("There is no such GPU pool.", given=of, allowed=pools)
    if kind is FeedKind.PROJECT:
        require_member(actor.projects, ProjectId(of))


def _own(work: Work, actor: Actor, feed_id: UUID) -> Feed:
    feed = work.tx.feeds.get(feed_id)
    if feed is None or feed.user != actor.user:
        raise NotFound("There is no such feed of yours.", given=str(feed_id))
    return feed


def _record(work: Work, actor: Actor, action: str, feed: Feed) -> None:
    work.record(actor.user, action, feed.id, feed.user, after={"kind": feed.kind.value, "of": feed.of})
