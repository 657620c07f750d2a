"""What is booked for a class: on each date a booking for each group, or none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, advance
from maia_hub.core.classes import Class, Group, holder
from maia_hub.core.errors import Conflict, MaiaError, Overbooked, Refused
from maia_hub.core.ids import BookingId, NodeId, UserName, new_booking_id
from maia_hub.core.interval import Interval
from maia_hub.core.policy import CLASS, Request, refusals
from maia_hub.core.series import Occurrence
from maia_hub.desk.asking import planned
from maia_hub.desk.booking import make_room
from maia_hub.desk.facts import booking_facts
from maia_hub.desk.refusing import check_gpus, refused
from maia_hub.desk.standing import standing
from maia_hub.desk.values import Asked, Verdict
from maia_hub.desk.work import Work, calendar_of, pool_of


@dataclass(frozen=True, slots=True)
class ClassDate:
    """One date of a class: the bookings of its groups, or why there is none."""

    occurrence: Occurrence
    bookings: tuple[Booking, ...] = ()
    error: MaiaError | None = None


def book_dates(
    work: Work, by: UserName, course: Class, groups: Sequence[Group], dates: Sequence[Occurrence]
) -> list[ClassDate]:
    """Book each date for all of these groups, where all can have it; tell of each what became of it."""
    found = []
    for occurrence in dates:
        try:
            bookings = _booked(work, by, course, groups, occurrence.interval)
            found.append(ClassDate(occurrence, bookings))
        except (Refused, Conflict) as error:
            found.append(ClassDate(occurrence, error=error))
    return found


def _booked(
    work: Work, by: UserName, course: Class, groups: Sequence[Group], interval: Interval
) -> tuple[Booking, ...]:
    pool = pool_of(work.tx.inventory.pools(), course.pool)
    check_gpus(course.gpus, pool)
    wished = [_wish(work, course, group, interval) for group in groups]
    together = Request(
        user=holder(course.name, ""),
        project=course.project,
        pool=pool.id,
        gpus=course.gpus * len(groups),
        interval=interval,
    )
    stands = standing(work, course.project, pool, interval.start)
    if against := refusals(CLASS, together, [], work.now, stands):
        raise refused(Verdict(None, tuple(against)))
    bookings = _placed(work, course, wished)
    for booking in bookings:
        work.tx.bookings.add(booking)
        work.record(by, "booking.confirmed", booking.id, booking.user, after=booking_facts(booking))
    return tuple(bookings)


def _wish(work: Work, course: Class, group: Group, interval: Interval) -> Booking:
    asked = Booking(
        id=new_booking_id(),
        user=holder(course.name, group.name),
        pool=course.pool,
        node=NodeId(""),
        gpus=course.gpus,
        interval=interval,
        state=BookingState.REQUESTED,
        created=work.now,
        project=course.project,
        cluster=course.cluster,
        group=group.id,
    )
    return advance(asked, BookingEvent.CONFIRM, work.now)


def _placed(work: Work, course: Class, wished: Sequence[Booking]) -> list[Booking]:
    """Return the bookings with their nodes; others that have not begun make room only where that is needed."""
    pool = pool_of(work.tx.inventory.pools(), course.pool)
    interval, found = wished[0].interval, []
    calendar = calendar_of(pool, work.tx.bookings.occupying_over(pool.id, interval))
    for booking in wished:
        node = calendar.fits(booking.gpus, interval)
        if node is None:
            return _squeezed(work, course, wished)
        calendar.take(node, interval, booking.gpus)
        found.append(replace(booking, node=node))
    return found


def _squeezed(work: Work, course: Class, wished: Sequence[Booking]) -> list[Booking]:
    pool = pool_of(work.tx.inventory.pools(), course.pool)
    asked = Asked(interval=wished[0].interval, gpus=course.gpus, pool=pool.id, project=course.project)
    others = work.tx.bookings.occupying(work.now)
    mine: dict[BookingId, Booking] = {}
    moves: dict[BookingId, NodeId] = {}
    for number, booking in enumerate(wished):
        all_there = [*(replace(b, node=moves.get(b.id, b.node)) for b in others), *mine.values()]
        plan = planned(calendar_of(pool, all_there), pool, all_there.copy, asked, None, work.now)
        if plan is None:
            raise _too_few(work, course, number, len(wished))
        mine |= {each: replace(mine[each], node=node) for each, node in plan.moves.items() if each in mine}
        moves |= {each: node for each, node in plan.moves.items() if each not in mine}
        mine[booking.id] = replace(booking, node=plan.node)
    make_room(work, Verdict(None, moves=moves))
    return list(mine.values())


def _too_few(work: Work, course: Class, fit: int, groups: int) -> Overbooked:
    pool = pool_of(work.tx.inventory.pools(), course.pool)
    return Overbooked(
        f"There are not {course.gpus} × {pool.product} for each of {groups} groups then, but for {fit}.",
        given=f"{groups} groups",
        allowed=f"{fit} groups at that time",
        advice="Choose another time, fewer GPUs for each group, or fewer groups; or leave this date out.",
    )
