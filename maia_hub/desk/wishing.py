"""What is written when a wish on the waiting list comes to something, and what is read before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.bookings import Booking, BookingEvent, advance
from maia_hub.core.gpus import GpuPool, Node
from maia_hub.core.ids import DEFAULT_SERVER
from maia_hub.core.interval import Interval, in_words
from maia_hub.core.room import Room
from maia_hub.core.view import Taken
from maia_hub.core.waitlist import Wish
from maia_hub.desk.facts import booking_facts
from maia_hub.desk.texts import WISH
from maia_hub.desk.values import Asked
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice


@contextmanager
def apart(work: Work) -> Iterator[None]:
    """Undo what is done within if it fails, and nothing else of the transaction."""
    kept = [(each, len(each)) for each in (work.events, work.files, work.tx.events.added)]
    try:
        with work.tx.connection.begin_nested():
            yield
    except Exception:
        for each, length in kept:
            del each[length:]
        raise


def asked_for(wish: Wish, when: Interval) -> Asked:
    """Return a wish as one asks for the booking that it becomes."""
    return Asked(interval=when, gpus=wish.gpus, pool=wish.pool, project=wish.project, note=wish.note)


def taken_on(work: Work, node: Node) -> Iterator[Taken]:
    """Yield what bookings and outages take of a node from now on."""
    yield from work.tx.bookings.taken_on(node.id, work.now)
    for outage in node.outages:
        yield outage.interval.start, outage.interval.end, outage.gpus


@dataclass(frozen=True)
class Grounds:
    """A pool as it is until something is booked or freed there, and what is free on its nodes."""

    pool: GpuPool
    rooms: list[Room]


def grounds_of(work: Work, wishes: Sequence[Wish]) -> Grounds | None:
    """Return what is free over the windows of wishes, all for one pool; None if there is no such pool any more."""
    pool = next((p for p in work.tx.inventory.pools() if p.id == wishes[0].pool), None)
    start = max(work.now, min(wish.window.start for wish in wishes))
    end = max(wish.window.end for wish in wishes)
    if pool is None or end <= start:
        return None
    taken = work.tx.bookings.taken_in(pool.id, Interval(start, end))
    return Grounds(pool, [Room.of(node, taken.get(node.id, ()), work.now) for node in pool.nodes])


def tell(
    work: Work,
    wish: Wish,
    what: str,
    when: Interval,
    until: datetime | None = None,
    pools: Sequence[GpuPool] | None = None,
    *,
    reason: str = "",
) -> int | None:
    """Tell the owner what became of her wish, if that is not what she has just done herself."""
    if what not in WISH:
        return None
    kind, title, message = WISH[what]
    known = work.tx.inventory.pools() if pools is None else pools
    product = next((p.product for p in known if p.id == wish.pool), wish.pool)
    told = {"start": in_words(when.start), "end": in_words(when.end), "until": in_words(until or when.end)}
    told["reason"] = reason
    notice = Notice(
        user=wish.user,
        server=DEFAULT_SERVER,
        at=work.now,
        kind=kind,
        title=title.format(gpus=f"{wish.gpus} × {product}"),
        message=message.format(**told),
    )
    return work.tx.notices.add(notice, beside=True)


def dismiss(work: Work, wish: Wish) -> None:
    """Take back the notice that tells of an offer."""
    if wish.notice is not None:
        work.tx.notices.dismiss(wish.user, wish.notice)


def cancel_offered(work: Work, booking: Booking, actor: str) -> None:
    """End a booking that was only offered."""
    ended = advance(booking, BookingEvent.CANCEL, work.now)
    work.tx.bookings.put(ended)
    work.record(
        actor,
        "booking.cancelled",
        booking.id,
        booking.user,
        reason="what was offered was not taken",
        before=booking_facts(booking),
        after=booking_facts(ended),
    )
