"""Bookings, the calendar, and what could be booked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property

from maia_hub.client import models as m
from maia_hub.core.bookings import Booking
from maia_hub.core.gpus import GpuPool, by_node
from maia_hub.core.ids import GroupId, PoolId, ProjectId
from maia_hub.core.interval import Interval
from maia_hub.core.policy import Refusal
from maia_hub.core.versions import version_of
from maia_hub.desk import Actor, Alarm, Asked, Belonging, Effect, PoolView, Slot, Verdict, WishView
from maia_hub.desk.people import may
from maia_hub.service.views.gpus import outage, pool


class BookingViews:
    """Shows bookings to one user: with the product's name, and what she may do to each now.

    ``known`` are the pools, or what returns them once there is a booking to show.
    """

    def __init__(
        self,
        actor: Actor,
        known: Iterable[GpuPool] | Callable[[], Iterable[GpuPool]],
        now: datetime,
        belonging: Callable[[], Belonging] = Belonging,
    ) -> None:
        self._actor = actor
        self._known = known
        self._belonging = belonging
        self.now = now

    @cached_property
    def _classes(self) -> Belonging:
        """In which groups of classes the user is: asked when the first booking of a class is shown."""
        return self._belonging()

    def product(self, pool: str) -> str:
        """Return what the GPUs of a pool are called."""
        return self._products.get(PoolId(pool), pool)

    @cached_property
    def _products(self) -> dict[PoolId, str]:
        pools = self._known() if callable(self._known) else self._known
        return {pool.id: pool.product for pool in pools}

    def all(self, bookings: Iterable[Booking]) -> list[m.BookingModel]:
        """Show bookings."""
        return [self.one(booking) for booking in bookings]

    def alarm(self, given: Alarm) -> m.Alarm:
        """Show a booking for which there may be no GPU."""
        return m.Alarm(
            booking=self.one(given.booking),
            reason=given.reason,
            since=given.since,
            offers=[slot(each) for each in given.offers],
        )

    def effect(self, given: Effect) -> m.OutageEffect:
        """Show what an outage does to bookings."""
        return m.OutageEffect(
            moved=self.all(given.moved),
            endangered=self.all(given.endangered),
            restarted=list(given.restarted),
        )

    def one(self, booking: Booking) -> m.BookingModel:
        """Show a booking; another's note is for its owner and for administrators."""
        group = booking.group
        mine = booking.user == self._actor.user if group is None else group in self._classes.member_of
        staff = group is not None and group in self._classes.staff_of
        return m.BookingModel.model_validate(
            {
                "id": booking.id,
                "user": booking.user,
                "project": booking.project,
                "pool": booking.pool,
                "product": self.product(booking.pool),
                "node": booking.node,
                "gpus": booking.gpus,
                "start": booking.interval.start,
                "end": booking.interval.end,
                "state": booking.state.value,
                "cause": booking.cause.value if booking.cause else None,
                "ended_at": booking.ended_at,
                "note": booking.note if mine or self._actor.admin else "",
                "mine": mine,
                "may": may(booking, self._actor, self.now, staff=staff),
                "etag": f'"{version_of(booking)}"',
                "series": booking.series,
                "of_class": None if group is None else self._of_class(booking, group),
            }
        )

    def _of_class(self, booking: Booking, group: GroupId) -> m.ClassGroup:
        name, _, called = booking.user.partition(" / ")
        return m.ClassGroup(id=self._classes.classes.get(group), name=name, group=called)


def calendar(
    interval: Interval,
    found: Iterable[PoolView],
    actor: Actor,
    now: datetime,
    belonging: Callable[[], Belonging] = Belonging,
) -> m.CalendarModel:
    """Show all pools over an interval."""
    views = list(found)
    bookings = BookingViews(actor, [view.pool for view in views], now, belonging)
    return m.CalendarModel(
        now=now,
        start=interval.start,
        end=interval.end,
        pools=[
            m.PoolCalendar(
                pool=pool(view.pool, by_node(view.gpus)),
                bookings=bookings.all(view.bookings),
                outages=[outage(o) for o in view.outages],
                profile=[m.FreePoint(at=at, free=free) for at, free in view.profile],
            )
            for view in views
        ],
    )


def slot(found: Slot) -> m.Slot:
    """Show a free interval."""
    return m.Slot(
        pool=found.pool,
        node=found.node,
        gpus=found.gpus,
        start=found.interval.start,
        end=found.interval.end,
    )


def verdict(given: Verdict) -> m.Verdict:
    """Show whether something could be booked."""
    return m.Verdict(
        allowed=given.allowed,
        node=given.node,
        refusals=[refusal(r) for r in given.refusals],
        next_free=slot(given.next_free) if given.next_free else None,
    )


def waitlist_entry(given: WishView, show: BookingViews) -> m.WaitlistEntry:
    """Show a wish on the waiting list."""
    wish = given.wish
    return m.WaitlistEntry(
        id=wish.id,
        project=wish.project,
        pool=wish.pool,
        product=given.pool.product,
        gpus=wish.gpus,
        start=wish.window.start,
        latest_start=wish.latest_start,
        duration=wish.length.total_seconds(),
        note=wish.note,
        since=wish.since,
        state=wish.state.value,
        place=given.place,
        expected=given.expected,
        reason=wish.reason,
        use=wish.use,
        offer_until=wish.until,
        booking=show.one(given.booking) if given.booking else None,
        notice=wish.notice,
    )


def somebodys_wish(given: WishView, show: BookingViews) -> m.SomebodysWish:
    """Show a wish to an administrator."""
    return m.SomebodysWish(user=given.wish.user, **dict(waitlist_entry(given, show)))


def refusal(given: Refusal) -> m.RefusalModel:
    """Show why a rule refused."""
    return m.RefusalModel(
        rule=given.rule,
        message=given.message,
        given=given.given,
        limit=given.limit,
        earliest=given.earliest,
    )


def asked(request: m.BookingRequest, project: ProjectId) -> Asked:
    """Read a wish to book for a project from a request."""
    return Asked(
        interval=Interval(request.start, request.end),
        gpus=request.gpus,
        pool=request.pool,
        product=request.product,
        project=project,
        note=request.note,
    )
