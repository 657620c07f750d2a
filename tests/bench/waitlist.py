"""From a cancellation to the booking of who waits, with ten thousand on the waiting list, on PostgreSQL.

Five hundred people, each with a past, fill four nodes of eight GPUs for two weeks and wish for twenty times each. The
booking is made in the transaction that cancels another one: what is measured is the whole of it, until it is committed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from statistics import median, quantiles

from maia_hub.core.bookings import Booking, BookingEvent, BookingState, EndCause
from maia_hub.core.ids import NodeId, PoolId, UserName, WishId, new_booking_id, new_wish_id
from maia_hub.core.interval import Interval
from maia_hub.core.waitlist import Wish
from maia_hub.desk import Actor
from tests.bench.report import report
from tests.desk.office import NOON, Office, gpus
from tests.postgres.server import running

PEOPLE, WISHES, NODES, EACH = 500, 10_000, 4, 8
CANCELLED = 300
POOL = PoolId("a6000")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LENGTH = 8 * HOUR
DAYS = 14


def _booking(user: int, node: int, interval: Interval, *, past: bool = False) -> Booking:
    return Booking(
        id=new_booking_id(),
        user=UserName(f"user{user}"),
        pool=POOL,
        node=NodeId(f"a6000-{node}"),
        gpus=1,
        interval=interval,
        state=BookingState.ENDED if past else BookingState.CONFIRMED,
        created=NOON - 60 * DAY,
        cause=EndCause.COMPLETED if past else None,
        ended_at=interval.end if past else None,
        first_used=interval.start if past else None,
    )


def bookings(random: Random) -> Iterator[Booking]:
    """Yield what fills two weeks from an hour and more ahead, and two weeks of the past."""
    for slot in range(-DAYS * 3, DAYS * 3):
        start = NOON + 2 * HOUR + slot * LENGTH if slot >= 0 else NOON + slot * LENGTH
        for node in range(NODES):
            for _ in range(EACH):
                yield _booking(random.randrange(PEOPLE), node, Interval(start, start + LENGTH), past=slot < 0)


def wishes(random: Random) -> Iterator[Wish]:
    """Yield what people wish for: one or two GPUs for hours, at one time or within days."""
    for number in range(WISHES):
        start = NOON + 2 * HOUR + random.randrange(DAYS * 24 - 8) * HOUR
        length = random.choice((2, 4, 8)) * HOUR
        slack = random.choice((timedelta(0), 4 * HOUR, DAY, 5 * DAY))
        yield Wish(
            id=WishId(new_wish_id()),
            user=UserName(f"user{number % PEOPLE}"),
            pool=POOL,
            gpus=random.choice((1, 1, 1, 2)),
            length=length,
            window=Interval(start, start + length + slack),
            since=NOON - random.randrange(14 * 24) * HOUR,
            use=random.randrange(100),
        )


def cancel(office: Office, booking: Booking) -> float:
    """Cancel a booking; return the milliseconds that took."""
    began = time.perf_counter()
    office.desk.end(Actor(booking.user), booking.id, BookingEvent.CANCEL, "", office.now)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Cancel with nobody waiting, then with everybody, and print one line."""
    random = Random(1)
    with running(durable=True) as server:
        office = Office(server.database(), found=gpus(nodes=NODES, each=EACH))
        with office.store.write() as tx:
            for booking in bookings(random):
                tx.bookings.add(booking)
        coming = [b for b in office.desk.bookings(Actor(UserName("x")), NOON) if b.live]
        random.shuffle(coming)
        alone = [cancel(office, booking) for booking in coming[:CANCELLED]]
        with office.store.write() as tx:
            for booking in coming[:CANCELLED]:
                tx.bookings.add(_booking(PEOPLE, int(booking.node[-1]), booking.interval))
            for wish in wishes(random):
                tx.wishes.add(wish, NOON)
        before = len(office.events)
        took = [cancel(office, booking) for booking in coming[CANCELLED : 2 * CANCELLED]]
        served = sum(event.action == "wish.booked" for event in office.events[before:])
        assert served >= CANCELLED, served
        office.close()
    report(
        "waitlist",
        value=median(took),
        unit="ms",
        against="the same cancellation with nobody waiting",
        ratio=median(took) / median(alone),
        n=CANCELLED,
        p99=quantiles(took, n=100)[98],
        alone=median(alone),
        waiting=WISHES,
        promoted=served,
    )


if __name__ == "__main__":
    main()
