"""The waiting list; one booking for a wish, and one wish for a booking, is a unique index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from maia_hub.core.bookings import EndCause
from maia_hub.core.ids import BookingId, PoolId, ProjectId, UserName, WishId
from maia_hub.core.interval import UTC, Interval
from maia_hub.core.waitlist import Opening, Wish, WishState
from maia_hub.store.tables import bookings
from maia_hub.store.wish_tables import wishes

_WAITING = text("wishes.state = 'waiting'")  # word for word what the indexes are of
_OPEN = text("wishes.ended IS NULL")
_MOMENT = timedelta(seconds=1)
_FAR = datetime(9000, 1, 1, tzinfo=UTC)
_EARLY = [
    cause.value for cause in (EndCause.CANCELLED, EndCause.RELEASED, EndCause.NO_SHOW, EndCause.REVOKED)
]

Early = tuple[int, timedelta]
"""GPUs, and for how long: what a booking gave back before its time."""


@dataclass(frozen=True)
class WishPage:
    """At most ``limit`` wishes, of a user or a project if they are named, after the one of that time and id."""

    limit: int
    user: str | None = None
    project: str | None = None
    after: tuple[datetime, UUID] | None = None


@dataclass(frozen=True)
class Wishes:
    """The wishes of everybody."""

    connection: Connection

    def get(self, wish: WishId) -> Wish | None:
        """Return a wish, or None."""
        row = self.connection.execute(select(wishes).where(wishes.c.id == wish)).one_or_none()
        return _wish_of(row) if row else None

    def add(self, wish: Wish, now: datetime) -> None:
        """Put a wish on the list."""
        self.connection.execute(insert(wishes).values(id=wish.id, ranked=now, **_values(wish, now)))

    def put(self, wish: Wish, now: datetime) -> None:
        """Write a changed wish; one that leaves the list leaves it now."""
        self.connection.execute(update(wishes).where(wishes.c.id == wish.id).values(**_values(wish, now)))

    def of_user(self, user: UserName, *, past: bool = False) -> list[Wish]:
        """Return the user's wishes, the oldest first; those that are over only if asked for."""
        query = select(wishes).where(wishes.c.user == user).order_by(wishes.c.since, wishes.c.id)
        return self._all(query if past else query.where(_OPEN))

    def on_list(self, page: WishPage) -> list[Wish]:
        """Return a page of everybody's that are on the list, the oldest first."""
        query = select(wishes).where(_OPEN)
        for column, wanted in ((wishes.c.user, page.user), (wishes.c.project, page.project)):
            query = query if wanted is None else query.where(column == wanted)
        if page.after is not None:
            since, wish = page.after
            query = query.where(
                or_(wishes.c.since > since, and_(wishes.c.since == since, wishes.c.id > wish))
            )
        return self._all(query.order_by(wishes.c.since, wishes.c.id).limit(page.limit))

    def served(self) -> list[Wish]:
        """Return those for which there is a booking that is not over."""
        live = select(bookings.c.id).where(bookings.c.state.in_(("confirmed", "active")))
        return self._all(select(wishes).where(wishes.c.booking.in_(live)))

    def by_booking(self, booking: BookingId) -> Wish | None:
        """Return the one for which a booking was made, or None."""
        row = self.connection.execute(select(wishes).where(wishes.c.booking == booking)).one_or_none()
        return _wish_of(row) if row else None

    def any(self, pool: PoolId | None = None) -> bool:
        """Tell whether anybody is on the list, for a pool or at all."""
        query = select(wishes.c.id).where(_OPEN).limit(1)
        if pool is not None:
            query = select(wishes.c.id).where(_WAITING, wishes.c.pool == pool).limit(1)
        return self.connection.execute(query).first() is not None

    def fitting(
        self, pool: PoolId, found: Sequence[Opening], aged: datetime, skip: Collection[WishId], limit: int
    ) -> list[Wish]:
        """Return the first wishes that fit into one of the openings, in order.

        ``aged``: who waits since then or longer goes first.
        """
        query = select(wishes).where(_WAITING, wishes.c.pool == pool, or_(*map(_fits, found)))
        if skip:
            query = query.where(wishes.c.id.not_in(list(skip)))
        # Apart, each part comes in order from an index, and ends where enough were found.
        first = query.where(wishes.c.since <= aged).order_by(wishes.c.since, wishes.c.id)
        longest = self._all(first.limit(limit))
        if len(longest) == limit:
            return longest
        then = query.where(wishes.c.since > aged).order_by(wishes.c.used, wishes.c.since, wishes.c.id)
        return [*longest, *self._all(then.limit(limit - len(longest)))]

    def aged(self, aged: datetime, limit: int, pool: PoolId | None = None) -> list[Wish]:
        """Return the oldest that wait since then or longer, for a pool or any."""
        query = select(wishes).where(_WAITING, wishes.c.since <= aged)
        if pool is not None:
            query = query.where(wishes.c.pool == pool)
        return self._all(query.order_by(wishes.c.since, wishes.c.id).limit(limit))

    def ahead(self, wish: Wish, aged: datetime) -> int:
        """Return how many go before a wish, of those whose windows touch its own."""
        this = wishes.c.since <= aged
        longer = or_(wishes.c.since < wish.since, and_(wishes.c.since == wish.since, wishes.c.id < wish.id))
        same = and_(wishes.c.used == wish.use, longer)
        before = and_(this, longer) if wish.since <= aged else or_(this, wishes.c.used < wish.use, same)
        query = select(func.count()).where(
            _WAITING,
            wishes.c.pool == wish.pool,
            wishes.c.starts_from < wish.window.end,
            wishes.c.ends_by > wish.window.start,
            wishes.c.id != wish.id,
            before,
        )
        return int(self.connection.execute(query).scalar() or 0)

    def offered(self) -> list[Wish]:
        """Return those to which something is offered."""
        return self._all(select(wishes).where(_OPEN, wishes.c.offered_until.is_not(None)))

    def passed(self, now: datetime, limit: int) -> list[Wish]:
        """Return those that wait for what cannot be had any more."""
        return self._all(select(wishes).where(_WAITING, wishes.c.latest_start < now).limit(limit))

    def to_look_at(self, now: datetime, aged: datetime, limit: int) -> list[Wish]:
        """Return those that may be possible now, in order."""
        query = select(wishes).where(_WAITING, wishes.c.look_at <= now)
        return self._all(query.order_by(*_order(aged)).limit(limit))

    def look_again(self, at: datetime, *, wish: WishId | None = None, pool: PoolId | None = None) -> None:
        """Have wishes looked at then or sooner: one, those for a pool, or all."""
        query = update(wishes).where(_WAITING, or_(wishes.c.look_at.is_(None), wishes.c.look_at > at))
        if pool is not None:
            query = query.where(wishes.c.pool == pool)
        if wish is not None:
            query = query.where(wishes.c.id == wish)
        self.connection.execute(query.values(look_at=at))

    def note(self, wish: WishId, reason: str, look_at: datetime | None) -> None:
        """Note why a wish is passed over, and when it is looked at again if nothing opens before."""
        self.connection.execute(
            update(wishes).where(wishes.c.id == wish).values(reason=reason, look_at=look_at)
        )

    def next_moment(self) -> datetime | None:
        """Return when something is to be done next: an offer lapses, a window passes, a wish is looked at."""
        found = [
            self.connection.execute(select(func.min(moment)).where(when, moment.is_not(None))).scalar()
            for moment, when in (
                (wishes.c.offered_until, _OPEN),
                (wishes.c.latest_start, _WAITING),
                (wishes.c.look_at, _WAITING),
            )
        ]
        return min((moment for moment in found if moment is not None), default=None)

    def to_rank(self, before: datetime, limit: int) -> list[UserName]:
        """Return people whose recent use was not reckoned since ``before``."""
        query = select(wishes.c.user).where(_WAITING, wishes.c.ranked < before).distinct().limit(limit)
        return [UserName(row.user) for row in self.connection.execute(query)]

    def rank(self, user: UserName, use: int, now: datetime) -> None:
        """Note somebody's recent use with all her wishes that wait."""
        self.connection.execute(
            update(wishes).where(_WAITING, wishes.c.user == user).values(used=use, ranked=now)
        )

    def given_back(self, pool: PoolId, since: datetime) -> list[Early]:
        """Return what bookings of a pool gave back before their time since then."""
        query = select(bookings.c.gpus, bookings.c.starts_at, bookings.c.ends_at, bookings.c.ended_at).where(
            bookings.c.pool == pool,
            bookings.c.occupied_until >= since,
            bookings.c.ended_at >= since,
            bookings.c.ended_at < bookings.c.ends_at,
            bookings.c.cause.in_(_EARLY),
        )
        return [
            (row.gpus, row.ends_at - max(row.ended_at, row.starts_at))
            for row in self.connection.execute(query)
        ]

    def forget(self, before: datetime) -> None:
        """Forget what was over by then."""
        self.connection.execute(delete(wishes).where(wishes.c.ended < before))

    def _all(self, query: Any) -> list[Wish]:
        return [_wish_of(row) for row in self.connection.execute(query)]


def _fits(opening: Opening) -> ColumnElement[bool]:
    """Return what a wish that fits into an opening obeys; whether it does is told exactly by `core.waitlist.fit`."""
    start, end = opening.interval.start, min(opening.interval.end, _FAR)
    return and_(
        wishes.c.gpus <= opening.gpus,
        wishes.c.seconds <= (end - start + _MOMENT).total_seconds(),
        wishes.c.first_end <= end,
        wishes.c.latest_start >= start,
    )


def _order(aged: datetime) -> list[Any]:
    this = wishes.c.since <= aged
    return [case((this, 0), else_=1), case((this, 0), else_=wishes.c.used), wishes.c.since, wishes.c.id]


def _values(wish: Wish, now: datetime) -> dict[str, object]:
    return {
        "project": wish.project,
        "user": wish.user,
        "roles": list(wish.roles),
        "pool": wish.pool,
        "gpus": wish.gpus,
        "seconds": wish.length.total_seconds(),
        "starts_from": wish.window.start,
        "first_end": wish.window.start + wish.length,
        "latest_start": wish.latest_start,
        "ends_by": wish.window.end,
        "since": wish.since,
        "note": wish.note,
        "state": wish.state.value,
        "reason": wish.reason,
        "used": wish.use,
        "booking": wish.booking,
        "offered_until": wish.until,
        "notice": wish.notice,
        "ended": None if wish.on_list else now,
    }


def _wish_of(row: Row[Any]) -> Wish:
    return Wish(
        id=WishId(row.id),
        user=UserName(row.user),
        pool=PoolId(row.pool),
        gpus=row.gpus,
        length=row.ends_by - row.latest_start,
        window=Interval(row.starts_from, row.ends_by),
        since=row.since,
        project=ProjectId(row.project),
        note=row.note,
        roles=tuple(row.roles),
        state=WishState(row.state),
        use=row.used,
        reason=row.reason,
        booking=BookingId(row.booking) if row.booking else None,
        until=row.offered_until,
        notice=row.notice,
    )
