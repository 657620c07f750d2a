"""Keeping free what who has waited longest waits for (`maia_hub.core.keeping`), and letting it go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maia_hub.core.ids import PoolId, WishId
from maia_hub.core.interval import Interval
from maia_hub.core.keeping import Place, kept, place_for
from maia_hub.core.waitlist import Wish
from maia_hub.desk.freeing import Freed
from maia_hub.desk.wishing import Grounds
from maia_hub.desk.work import Work
from maia_hub.store.keeps import Keep

KEPT_FOR = 5
"""Of a pool's oldest wishes so many are tried, until there is one for which something can be kept free."""
_LOOKED_AT = 50
"""Wishes that one transaction looks at at most."""


def to_keep_free(work: Work, aged: datetime) -> list[PoolId]:
    """Return the pools for whose oldest wishes nothing is rightly kept, or one of which is to be looked at."""
    oldest: dict[PoolId, list[WishId]] = {}
    for wish in work.tx.wishes.aged(aged, _LOOKED_AT):
        oldest.setdefault(wish.pool, []).append(wish.id)
    due = {wish.id for wish in work.tx.wishes.to_look_at(work.now, aged, _LOOKED_AT)}
    good = {each.wish for each in work.tx.keeps.of() if each.begins > work.now}
    first = {pool: set(wishes[:KEPT_FOR]) for pool, wishes in oldest.items()}
    return [pool for pool, wishes in first.items() if not wishes & good or wishes & due]


def left_as_it_is(before: Sequence[Keep], aged: Sequence[Wish], freed: Freed, now: datetime) -> bool:
    """Tell whether what is kept is not changed by what was freed: that lies elsewhere, and may be anybody's."""
    lengths = {wish.id: wish.length for wish in aged}
    if not before or any(each.wish not in lengths or each.begins <= now for each in before):
        return False
    node, interval = freed
    places = [Interval(each.begins, each.begins + lengths[each.wish]) for each in before if each.node == node]
    return not any(place.overlaps(interval) for place in places)


def place_of(wish: Wish, there: Grounds, before: Sequence[Keep], now: datetime) -> Place | None:
    """Return the place to keep for a wish; ``before`` is what was kept for any in that pool."""
    had = next(((each.node, each.begins) for each in before if each.wish == wish.id), None)
    return place_for(wish, there.rooms, now, had)


def to_keep(wish: Wish, place: Place, there: Grounds) -> list[Keep]:
    """Return what is free of its place."""
    room = next(each for each in there.rooms if each.node.id == place.node)
    begins = place.interval.start
    return [Keep(wish.id, place.node, interval, gpus, begins) for interval, gpus in kept(wish, place, room)]


def let_go(work: Work, wish: WishId | None = None) -> None:
    """Keep nothing free any longer, for a wish or at all; others who wait are looked at."""
    before = work.tx.keeps.of(wish=wish)
    if not before:
        return
    work.tx.keeps.remove({each.wish for each in before})
    note(work, before, [])


def note(work: Work, before: Sequence[Keep], after: Sequence[Keep]) -> None:
    """Record what is kept now, and count as freed what is not kept any longer."""
    owners = {wish: work.tx.wishes.get(wish) for wish in sorted({each.wish for each in (*before, *after)})}
    for wish in (each for each in owners.values() if each is not None):
        facts = [[_fact(each) for each in keeps if each.wish == wish.id] for keeps in (before, after)]
        if facts[0] != facts[1]:
            was, is_ = ({"project": wish.project, "kept": each} for each in facts)
            work.record("platform", "wish.kept", wish.id, wish.user, before=was, after=is_)
    for each in before:
        if each not in after and each.interval.end > work.now:
            work.freed.append((each.node, Interval(max(each.interval.start, work.now), each.interval.end)))


def _fact(keep: Keep) -> dict[str, object]:
    start, end = keep.interval.start.isoformat(), keep.interval.end.isoformat()
    return {"on": keep.node, "gpus": keep.gpus, "from": start, "until": end}
