"""Bookings in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, or_, select, text, update

from maia_hub.core.bookings import LIVE_STATES, Booking, BookingState, EndCause
from maia_hub.core.ids import (
    BookingId,
    ClassId,
    ClusterId,
    GroupId,
    NodeId,
    PoolId,
    ProjectId,
    SeriesId,
    UserName,
)
from maia_hub.core.interval import Interval
from maia_hub.core.view import Taken
from maia_hub.store.class_tables import class_groups, class_members
from maia_hub.store.tables import bookings

# The first half, word for word, is what the index on live bookings is of: the ended ones are never looked at.
LIVE = and_(
    text("bookings.state <> 'ended'"), bookings.c.state.in_(sorted(state.value for state in LIVE_STATES))
)
"""What is true of bookings that occupy GPUs."""
_ADD = insert(bookings)
_PUT = update(bookings).where(bookings.c.id == bindparam("changed"))
_TAKEN = bookings.c.starts_at, bookings.c.occupied_until, bookings.c.gpus
_TAKES = and_(
    bookings.c.state != BookingState.REQUESTED.value, bookings.c.occupied_until > bookings.c.starts_at
)

_OF_PROJECT = (
    select(bookings)
    .where(bookings.c.project == bindparam("of"), bookings.c.occupied_until > bindparam("since"))
    .order_by(bookings.c.starts_at)
)


@dataclass(frozen=True)
class Page:
    """At most ``limit`` bookings, after the one that begins then and has that id, if any."""

    limit: int
    after: tuple[datetime, BookingId] | None = None


@dataclass(frozen=True)
class Bookings:
    """The bookings of everybody."""

    connection: Connection

    def get(self, booking_id: BookingId) -> Booking | None:
        """Return a booking, or None."""
        row = self.connection.execute(select(bookings).where(bookings.c.id == booking_id)).one_or_none()
        return booking_of(row) if row else None

    def add(self, booking: Booking) -> None:
        """Write a new booking; the database refuses it if it does not fit."""
        self.connection.execute(_ADD, {"id": booking.id, **_values(booking)})

    def put(self, booking: Booking) -> None:
        """Write a changed booking; the database refuses it if it does not fit."""
        self.connection.execute(_PUT, {"changed": booking.id, **_values(booking)})

    def live(self) -> list[Booking]:
        """Return all bookings that occupy GPUs, by their start."""
        return self._all(select(bookings).where(LIVE))

    def due(self, now: datetime) -> list[Booking]:
        """Return the live bookings that are over, and those that run and were not used yet, by their start."""
        unused = (bookings.c.state == BookingState.CONFIRMED.value) & (bookings.c.starts_at <= now)
        return self._all(select(bookings).where(LIVE, unused | (bookings.c.ends_at <= now)))

    def next_moment(self, now: datetime) -> datetime | None:
        """Return when the next live booking begins or ends; None if nothing is to come."""
        found = [
            self.connection.execute(select(func.min(moment)).where(LIVE, moment > now)).scalar()
            for moment in (bookings.c.starts_at, bookings.c.ends_at)
        ]
        return min((moment for moment in found if moment is not None), default=None)

    def live_on(self, nodes: Collection[NodeId]) -> list[Booking]:
        """Return the bookings that occupy GPUs of these nodes, by their start."""
        return self._all(select(bookings).where(LIVE, bookings.c.node.in_(list(nodes))))

    def occupying(self, now: datetime) -> list[Booking]:
        """Return all bookings that occupy GPUs at ``now`` or later: live ones, and ended ones that still drain."""
        return self._all(
            select(bookings).where(
                bookings.c.state != BookingState.REQUESTED.value, bookings.c.occupied_until > now
            )
        )

    def taken_on(self, node: NodeId, now: datetime) -> list[Taken]:
        """Return what bookings take of a node at ``now`` or later."""
        query = select(*_TAKEN).where(bookings.c.node == node, bookings.c.occupied_until > now, _TAKES)
        return [(row[0], row[1], row[2]) for row in self.connection.execute(query).all()]

    def taken_in(self, pool: PoolId, interval: Interval) -> dict[NodeId, list[Taken]]:
        """Return what bookings take of the nodes of a pool at some moment of the interval."""
        query = select(*_TAKEN, bookings.c.node).where(
            bookings.c.pool == pool,
            bookings.c.starts_at < interval.end,
            bookings.c.occupied_until > interval.start,
            _TAKES,
        )
        found: dict[NodeId, list[Taken]] = {}
        for start, end, gpus, node in self.connection.execute(query).all():
            found.setdefault(node, []).append((start, end, gpus))
        return found

    def occupying_over(self, pool: PoolId, interval: Interval) -> list[Booking]:
        """Return the bookings that occupy GPUs of a pool at some moment of the interval."""
        return self._all(
            select(bookings).where(
                bookings.c.pool == pool,
                bookings.c.state != BookingState.REQUESTED.value,
                bookings.c.starts_at < interval.end,
                bookings.c.occupied_until > interval.start,
            )
        )

    def of_user(self, user: UserName) -> list[Booking]:
        """Return the user's bookings in all states, by their start."""
        return self._all(select(bookings).where(bookings.c.user == user))

    def of_project(self, project: ProjectId, since: datetime) -> list[Booking]:
        """Return a project's bookings in all states that take or took GPUs after ``since``, by their start."""
        found = self.connection.execute(_OF_PROJECT, {"of": project, "since": since})
        return [booking_of(row) for row in found]

    def known_since(self, moment: datetime) -> list[Booking]:
        """Return the bookings in all states that were made, or took GPUs, after a moment, by their start."""
        return self._all(
            select(bookings).where((bookings.c.created >= moment) | (bookings.c.occupied_until > moment))
        )

    def of_series(self, series: SeriesId) -> list[Booking]:
        """Return the bookings of a series in all states, by their start."""
        return self._all(select(bookings).where(bookings.c.series == series))

    def of_class(self, class_id: ClassId) -> list[Booking]:
        """Return the bookings of all groups of a class, in all states, by their start."""
        groups = select(class_groups.c.id).where(class_groups.c["class"] == class_id)
        return self._all(select(bookings).where(bookings.c.class_group.in_(groups)))

    def within(
        self,
        interval: Interval | None = None,
        *,
        user: UserName | None = None,
        states: Collection[str] | None = None,
        project: ProjectId | None = None,
        page: Page | None = None,
    ) -> list[Booking]:
        """Return bookings that touch the interval, in certain states, of a project; None means all.

        Those of a ``user`` are her own and those of groups of classes that she is in.
        """
        query = select(bookings)
        if interval is not None:
            query = query.where(
                bookings.c.starts_at < interval.end, bookings.c.occupied_until > interval.start
            )
        if user is not None:
            own = select(class_members.c.class_group).where(class_members.c.user == user)
            query = query.where(or_(bookings.c.user == user, bookings.c.class_group.in_(own)))
        if project is not None:
            query = query.where(bookings.c.project == project)
        if states is not None:
            query = query.where(bookings.c.state.in_(list(states)))
        return self._all(query if page is None else _cut(query, page))

    def _all(self, query: Any) -> list[Booking]:
        return [booking_of(row) for row in self.connection.execute(query.order_by(bookings.c.starts_at))]


def _cut(query: Any, page: Page) -> Any:
    if page.after is not None:
        start, booking_id = page.after
        same = and_(bookings.c.starts_at == start, bookings.c.id > booking_id)
        query = query.where(or_(bookings.c.starts_at > start, same))
    return query.order_by(bookings.c.starts_at, bookings.c.id).limit(page.limit)


def _values(booking: Booking) -> dict[str, object]:
    return {
        "cluster": booking.cluster,
        "project": booking.project,
        "user": booking.user,
        "pool": booking.pool,
        "node": booking.node,
        "gpus": booking.gpus,
        "starts_at": booking.interval.start,
        "ends_at": booking.interval.end,
        "state": booking.state.value,
        "cause": booking.cause.value if booking.cause else None,
        "ended_at": booking.ended_at,
        "first_used": booking.first_used,
        "created": booking.created,
        "note": booking.note,
        "series": booking.series,
        "class_group": booking.group,
    }


def booking_of(row: Row[Any]) -> Booking:
    """Return the booking that a row of the table is."""
    return Booking(
        id=BookingId(row.id),
        user=UserName(row.user),
        pool=PoolId(row.pool),
        node=NodeId(row.node),
        gpus=row.gpus,
        interval=Interval(row.starts_at, row.ends_at),
        state=BookingState(row.state),
        created=row.created,
        cause=EndCause(row.cause) if row.cause else None,
        ended_at=row.ended_at,
        first_used=row.first_used,
        note=row.note,
        project=ProjectId(row.project),
        cluster=ClusterId(row.cluster),
        series=SeriesId(row.series) if row.series else None,
        group=GroupId(row.class_group) if row.class_group else None,
    )
