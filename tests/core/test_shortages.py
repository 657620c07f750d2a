"""Which bookings a node cannot keep once it has fewer GPUs than were promised."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.gpus import Node, Outage
from maia_hub.core.ids import BookingId, NodeId, PoolId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.shortages import endangered, why_short

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
DAY = Interval(NOON, NOON + timedelta(hours=24))
NODE, POOL = NodeId("a"), PoolId("p")


def hours(start: float, end: float) -> Interval:
    return Interval(NOON + timedelta(hours=start), NOON + timedelta(hours=end))


def booking(
    number: int, interval: Interval, gpus: int = 1, state: str = "confirmed", made: int = 0
) -> Booking:
    return Booking(
        id=BookingId(UUID(int=number)),
        user=UserName("ada"),
        pool=POOL,
        node=NODE,
        gpus=gpus,
        interval=interval,
        state=BookingState(state),
        created=NOON - timedelta(hours=100 - made),
    )


def node(capacity: int, *outages: Outage) -> Node:
    return Node(NODE, POOL, capacity, outages)


def test_the_latest_made_is_endangered_and_who_uses_a_gpu_keeps_it() -> None:
    early, late = booking(1, hours(1, 3), made=1), booking(2, hours(2, 4), made=2)
    assert endangered(node(2), [late, early], DAY) == []
    assert endangered(node(1), [late, early], DAY) == [late]
    in_use = booking(2, hours(2, 4), made=2, state="active")
    assert endangered(node(1), [in_use, early], DAY) == [early]


def test_only_what_meets_the_shortage_is_endangered() -> None:
    outage = Outage(NODE, hours(5, 6), 2, "new power supply")
    before, during, after = (booking(n, hours(start, start + 1)) for n, start in enumerate((4, 5, 6)))
    elsewhere = Booking(**{**{f: getattr(during, f) for f in during.__slots__}, "node": NodeId("b")})
    assert endangered(node(2, outage), [before, during, after, elsewhere], DAY) == [during]
    assert endangered(node(2, outage), [during], hours(0, 5)) == []


def test_a_node_that_is_gone_keeps_nothing_and_says_why() -> None:
    outage = Outage(NODE, hours(0, 99), 2, "the node is cordoned")
    one = booking(1, hours(1, 2))
    assert endangered(node(2, outage), [one], DAY) == endangered(node(0), [one], DAY) == [one]
    assert why_short(node(2, outage), one.interval) == "the node is cordoned"
    assert "fewer GPUs" in why_short(node(0), one.interval)


SPANS = st.tuples(st.integers(0, 20), st.integers(1, 6)).map(lambda s: hours(s[0], s[0] + s[1]))
STATES = st.sampled_from(["confirmed", "active"])


def peak(capacity: int, bookings: list[Booking], outages: list[Outage]) -> int:
    """Return by how much the fullest hour is over capacity, looking at every hour alone; outages alone do not count."""
    worst = 0
    for hour in range(24):
        moment = NOON + timedelta(hours=hour)
        booked = sum(b.gpus for b in bookings if b.interval.contains(moment))
        gone = sum(o.gpus for o in outages if o.interval.contains(moment))
        if booked:
            worst = max(worst, booked + gone - capacity)
    return worst


@given(
    capacity=st.integers(0, 4),
    wanted=st.lists(st.tuples(SPANS, st.integers(1, 3), STATES, st.integers(0, 50)), max_size=8),
    gone=st.lists(st.tuples(SPANS, st.integers(1, 3)), max_size=3),
)
def test_what_is_left_fits_and_nothing_is_endangered_that_would_fit(
    capacity: int,
    wanted: list[tuple[Interval, int, str, int]],
    gone: list[tuple[Interval, int]],
) -> None:
    bookings = [booking(n, span, gpus, state, made) for n, (span, gpus, state, made) in enumerate(wanted)]
    outages = [Outage(NODE, span, gpus, "away") for span, gpus in gone]
    lost = endangered(node(capacity, *outages), bookings, DAY)
    kept = [b for b in bookings if b not in lost]
    assert peak(capacity, kept, outages) == 0
    for one in lost:
        assert peak(capacity, [*kept, one], outages) > 0
