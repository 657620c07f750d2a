"""The waiting list: bookings that people wish for where the calendar is full, and whose turn it is when it opens.

A wish is for GPUs of one node of a pool, for a length of time within a window. Whoever waits here waits for a booking;
who waits for an idle GPU, to use it now, stands in the line of `maia_hub.core.queueing`.

**The order.** Who has waited for `Waiting.patience` goes before all others, the longest wait first. Of the others
goes first whose recent use is less, in whole GPU-hours; then who has waited longer.

**Nobody starves.** An opening is a time at which a wish fits and passes the rules. A wish that has waited for the
patience loses an opening only to older ones: it is served by the (n + 1)-th, if n older ones wait for the same pool,
however many younger ones there are and come, and whatever it was that its owner used. That openings grow large enough
for it, though all that opens is small, is the work of `maia_hub.core.keeping`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from maia_hub.core.errors import InvalidInput
from maia_hub.core.gpus import Node
from maia_hub.core.ids import DEFAULT_PROJECT, BookingId, NodeId, PoolId, ProjectId, UserName, WishId
from maia_hub.core.interval import UTC, Interval
from maia_hub.core.view import Taken, over_time, stretches

_FOREVER = datetime.max.replace(tzinfo=UTC)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How a site runs its waiting list.

    - ``half_life``: GPU-hours that long ago count half.
    - ``patience``: who has waited that long goes first, whatever was used.
    - ``soon``: what would begin within this time is not booked but offered, for its owner may not come in time.
    - ``offer``: for how long it is kept for her, unless she takes it.
    - ``most``: wishes of one user at a time.
    """

    half_life: timedelta = timedelta(days=7)
    patience: timedelta = timedelta(days=7)
    soon: timedelta = timedelta(hours=1)
    offer: timedelta = timedelta(minutes=15)
    most: int = 20


class WishState(str, Enum):
    """Where a wish stands; `WAITING` and `OFFERED` are on the list, the others are over."""

    WAITING = "waiting"
    OFFERED = "offered"
    SERVED = "served"
    DECLINED = "declined"
    LAPSED = "lapsed"
    PASSED = "passed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody waits for ``gpus`` GPUs of one node of a pool, for ``length`` within ``window``.

    ``roles`` are the owner's when she asked: they choose her policy. ``use`` is her recent use in whole GPU-hours, as
    it was reckoned last. ``reason`` says which rule passes it over at present. ``booking`` is the one that was made for
    it: hers, or (until ``until``) offered to her.
    """

    id: WishId
    user: UserName
    pool: PoolId
    gpus: int
    length: timedelta
    window: Interval
    since: datetime
    project: ProjectId = DEFAULT_PROJECT
    note: str = ""
    roles: tuple[str, ...] = ()
    state: WishState = WishState.WAITING
    use: int = 0
    reason: str = ""
    booking: BookingId | None = None
    until: datetime | None = None
    notice: int | None = None

    def __post_init__(self) -> None:
        if self.gpus < 1:
            raise InvalidInput("A wish needs at least one GPU.", given=self.gpus, allowed="1 or more")
        if not timedelta(0) < self.length <= self.window.duration:
            raise InvalidInput(
                "The window is shorter than the time that is wished for.",
                given=str(self.window.duration),
                allowed=f"at least {self.length}",
                advice="Name a later latest end, or ask for less time.",
            )

    @property
    def on_list(self) -> bool:
        """Tell whether it still waits, or something is offered for it."""
        return self.state in (WishState.WAITING, WishState.OFFERED)

    @property
    def latest_start(self) -> datetime:
        """The last moment at which a booking for it could begin."""
        return self.window.end - self.length

    def passed(self, now: datetime) -> bool:
        """Tell whether nothing within its window can be had any more."""
        return now > self.latest_start


@dataclass(frozen=True, slots=True)
class Opening:
    """``gpus`` GPUs of a node are free over an interval, and no longer than that."""

    node: NodeId
    gpus: int
    interval: Interval


Promotion = tuple[Wish, Interval]
"""A wish and the booking that it becomes."""


def recent_use(taken: Iterable[tuple[Interval, int]], now: datetime, half_life: timedelta) -> int:
    """Return GPU-hours in whole hours, each booking's by how long ago it ended; what is to come counts in full."""
    total = 0.0
    for interval, gpus in taken:
        age = max(now - interval.end, timedelta(0))
        total += gpus * (interval.duration / _HOUR) * 0.5 ** (age / half_life)
    return round(total)


def rank(wish: Wish, now: datetime, rules: Waiting) -> tuple[int, int, datetime, str]:
    """Return what wishes are sorted by: less goes first."""
    if now - wish.since >= rules.patience:
        return 0, 0, wish.since, wish.id.hex
    return 1, wish.use, wish.since, wish.id.hex


def in_order(wishes: Iterable[Wish], now: datetime, rules: Waiting) -> list[Wish]:
    """Return those that wait, the first first."""
    waiting = [w for w in wishes if w.state is WishState.WAITING and not w.passed(now)]
    return sorted(waiting, key=lambda w: rank(w, now, rules))


def place(wish: Wish, others: Iterable[Wish], now: datetime, rules: Waiting) -> int:
    """Return its number among those that wait for GPUs of the same pool at a time that touches its window."""
    rivals = (
        w
        for w in others
        if w.id != wish.id
        and w.pool == wish.pool
        and w.state is WishState.WAITING
        and w.window.overlaps(wish.window)
    )
    return 1 + sum(rank(w, now, rules) < rank(wish, now, rules) for w in rivals)


def openings(node: Node, taken: Iterable[Taken], freed: Interval, now: datetime) -> list[Opening]:
    """Return what is free on a node and touches what was freed, the most GPUs first.

    ``taken`` is what bookings and outages take of it. Each opening is as long as that many GPUs are free.
    """
    free = over_time(node.capacity, taken, now)
    found: dict[Interval, Opening] = {}
    for gpus in range(node.capacity, 0, -1):
        for start, end in stretches(free, gpus):
            if start < freed.end and (end is None or end > freed.start):
                interval = Interval(start, end or _FOREVER)
                found.setdefault(interval, Opening(node.id, gpus, interval))
    return list(found.values())


def fit(wish: Wish, opening: Opening, now: datetime) -> Interval | None:
    """Return the earliest time within its window at which a wish fits into an opening; None if it does not."""
    start = max(wish.window.start, opening.interval.start, now)
    end = min(wish.window.end, opening.interval.end)
    if wish.gpus > opening.gpus or end - start < wish.length:
        return None
    return Interval(start, start + wish.length)


def first(
    wishes: Sequence[Wish], found: Sequence[Opening], now: datetime, passes: Callable[[Wish, Interval], bool]
) -> tuple[Wish, Opening, Interval] | None:
    """Return the first of ``wishes``, which are in order, that fits into an opening and passes the rules, and when."""
    for wish in wishes:
        fitting = ((opening, fit(wish, opening, now)) for opening in found)
        times = sorted(
            ((when.start, opening.gpus, opening, when) for opening, when in fitting if when is not None),
            key=lambda each: each[:2],
        )
        for _, _, opening, when in times:
            if passes(wish, when):
                return wish, opening, when
    return None


def promotions(
    wishes: Iterable[Wish],
    node: Node,
    taken: Sequence[Taken],
    freed: Interval,
    now: datetime,
    rules: Waiting,
    passes: Callable[[Wish, Interval], bool],
) -> Iterator[Promotion]:
    """Yield who gets what of a time that was freed on a node, until nothing of it is left that anybody could have.

    Each promotion counts as use of its owner at once, so that nobody's ten wishes go before another one's first.
    """
    left = {w.id: w for w in wishes if w.pool == node.pool}
    occupied = list(taken)
    while True:
        found = openings(node, occupied, freed, now)
        chosen = first(in_order(left.values(), now, rules), found, now, passes)
        if chosen is None:
            return
        wish, _, when = chosen
        yield wish, when
        del left[wish.id]
        occupied.append((when.start, when.end, wish.gpus))
        more = round(wish.gpus * (wish.length / _HOUR))
        left.update({w.id: replace(w, use=w.use + more) for w in left.values() if w.user == wish.user})


def offered_until(start: datetime, now: datetime, rules: Waiting) -> datetime | None:
    """Return until when a booking that begins then is only offered; None if it is made at once."""
    return now + rules.offer if start < now + rules.soon else None


def without(wish: Wish, offered: Interval) -> Wish | None:
    """Return what is left to wish for if an offer was not taken: what begins after it; None if nothing is."""
    if offered.end > wish.latest_start:
        return None
    return replace(
        wish,
        window=Interval(offered.end, wish.window.end),
        state=WishState.WAITING,
        booking=None,
        until=None,
        notice=None,
    )


def expected(
    wish: Wish, number: int, opened: int, over: timedelta, now: datetime, reach: datetime | None = None
) -> datetime | None:
    """Return when the wish with that place can be expected to be served, by what has opened lately.

    ``opened`` is how many openings of its size there were within the time ``over``. None: not within its window, as
    far as anybody can tell. ``reach`` is before when it cannot be, for a rule forbids it.
    """
    if not opened:
        return None
    when = max(now + over * (number / opened), reach or now)
    return when if when <= wish.latest_start else None
