"""Use cases of machines: what the cluster says of them, outages that administrators plan, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from maia_hub.core.counting import counted
from maia_hub.core.errors import Conflict, NotFound
from maia_hub.core.gpus import Gpu, Node, Outage, Trouble
from maia_hub.core.ids import UserName
from maia_hub.core.interval import Interval
from maia_hub.desk.broken import check_named, holders, leave_broken
from maia_hub.desk.capacity import CapacityCases, short_bookings
from maia_hub.desk.facts import outage_facts
from maia_hub.desk.inventory import sorted_into_pools
from maia_hub.desk.people import Actor, require_admin
from maia_hub.desk.reclaim import reclaim
from maia_hub.desk.values import Alarm, Effect, NodeView
from maia_hub.desk.work import Work
from maia_hub.store.alarms import NodeTrouble

_AWAY = timedelta(days=366)
"""How far ahead nothing is booked on a node that is away; for as long as it is away, this moves on with time."""
_RENEWED = timedelta(days=360)
_GONE = "it is no longer in the cluster"


class MachineCases(CapacityCases):
    """What is there to hand out, and what is not."""

    def sync_inventory(self, found: list[Gpu], now: datetime, troubles: Sequence[Trouble] = ()) -> None:
        """Take the GPUs that were found, and what is wrong with their nodes, for the truth.

        Bookings of what is gone stay; what follows for them is `watch_capacity`'s to say.
        """
        with self._write(now) as work:
            before = [g.id for g in work.tx.inventory.gpus()]
            work.tx.inventory.put(sorted_into_pools(found), found)
            after = [g.id for g in found]
            if sorted(before) != sorted(after):
                work.record(
                    "platform",
                    "inventory.changed",
                    "gpus",
                    UserName(""),
                    before={"gpus": before},
                    after={"gpus": after},
                )
            _take_troubles(work, troubles)
            self.watch_capacity(work)
            reclaim(work)

    def outages(self, now: datetime) -> list[tuple[int, Outage]]:
        """Return all outages with their ids; what is kept free for who has waited longest is none."""
        with self._read(now) as work:
            return [(number, each) for number, each in work.tx.inventory.outages() if not each.kept]

    def outage_effect(self, actor: Actor, outage: Outage, now: datetime) -> Effect:
        """Say what an outage would do to bookings (administrators); nothing is changed."""
        try:
            with self._write(now) as work:
                _, effect = self._add(work, actor, [outage])
                raise Undo(effect)
        except Undo as e:
            return e.effect

    def add_outage(
        self, actor: Actor, outage: Outage, now: datetime, *, despite_bookings: bool = False
    ) -> int:
        """Take GPUs of a node out of the calendar for a while (administrators).

        Bookings that need them are placed elsewhere; those that find no place make it a `Conflict` that names them,
        unless it is to be ``despite_bookings``: then they stay, and their owners are told.
        """
        with self._write(now) as work:
            (number,), effect = self._add(work, actor, [outage])
            refuse_unless(effect, despite=despite_bookings)
            reclaim(work)
            return number

    def remove_outage(self, actor: Actor, outage_id: int, now: datetime) -> None:
        """Put the GPUs of an outage back into the calendar (administrators)."""
        require_admin(actor)
        with self._write(now) as work:
            found = dict(work.tx.inventory.outages()).get(outage_id)
            if found is None or found.kept:
                raise NotFound("There is no such outage.", given=outage_id)
            if found.by_cluster:
                raise Conflict(
                    f"The cluster says this of {found.node}: {found.reason}.",
                    advice="It ends by itself when the node is back.",
                )
            self._put_back(work, actor, {outage_id: found})

    def alarms(self, actor: Actor, now: datetime) -> list[Alarm]:
        """Return the bookings whose owners were told that there may be no GPU (administrators), by their start."""
        require_admin(actor)
        with self._read(now) as work:
            found = []
            for entry in work.tx.alarms.endangered().values():
                booking = work.tx.bookings.get(entry.booking)
                if booking is not None and entry.told is not None:
                    found.append(Alarm(booking, entry.reason, entry.since, self.offers(work, booking)))
            return sorted(found, key=lambda alarm: alarm.booking.interval.start)

    def nodes(self, actor: Actor, now: datetime) -> list[NodeView]:
        """Return every node that has GPUs, or that something is wrong with (administrators)."""
        require_admin(actor)
        with self._read(now) as work:
            troubles = work.tx.alarms.troubles()
            return [
                _node_view(pool.product, node, troubles.get(node.id))
                for pool in work.tx.inventory.pools()
                for node in pool.nodes
                if node.capacity or node.id in troubles
            ]

    def alarm_counts(self, now: datetime) -> dict[str, int]:
        """Count what is wrong."""
        with self._read(now) as work:
            told = [entry for entry in work.tx.alarms.endangered().values() if entry.told is not None]
            return {"endangered_bookings": len(told), "nodes_in_trouble": len(work.tx.alarms.troubles())}

    def _add(self, work: Work, actor: Actor, outages: Sequence[Outage]) -> tuple[tuple[int, ...], Effect]:
        """Write outages that begin as one, and say what all of them together do to bookings."""
        require_admin(actor)
        before = short_bookings(work).keys()
        numbers = tuple(_written(work, actor, outage) for outage in outages)
        hit = [b for b, _ in short_bookings(work).values() if b.id not in before]
        self.watch_capacity(work, at_once=[outage.node for outage in outages])
        leave_broken(work)
        left = short_bookings(work)
        return numbers, Effect(
            moved=tuple(b for b in hit if b.id not in left),
            endangered=tuple(b for b in hit if b.id in left),
            restarted=tuple(user for outage in outages for user in holders(work, outage)),
        )

    def _put_back(self, work: Work, actor: Actor, found: Mapping[int, Outage]) -> None:
        for number, outage in found.items():
            work.tx.inventory.remove_outage(number)
            work.record(actor.user, "outage.removed", number, UserName(""), before=outage_facts(outage))
        self.watch_capacity(work)
        reclaim(work)


def _written(work: Work, actor: Actor, outage: Outage) -> int:
    nodes = [node.id for pool in work.tx.inventory.pools() for node in pool.nodes]
    if outage.node not in nodes:
        raise NotFound("There is no such node.", given=outage.node, allowed=nodes)
    check_named(work, outage)
    _refuse_twice(work, outage)
    number = work.tx.inventory.add_outage(outage)
    work.record(
        actor.user, "outage.added", number, UserName(""), reason=outage.reason, after=outage_facts(outage)
    )
    return number


class Undo(Exception):
    """Ends a transaction that was only to show what would happen."""

    def __init__(self, effect: Effect) -> None:
        super().__init__()
        self.effect = effect


def _refuse_twice(work: Work, outage: Outage) -> None:
    """Refuse an outage that says what a planned one says already, as a second click or a second tab would."""
    for _, known in work.tx.inventory.outages():
        planned = not known.by_cluster and not known.kept
        same = (known.node, known.interval, known.gpu) == (outage.node, outage.interval, outage.gpu)
        if planned and same:
            raise Conflict(
                f"{known.node} has an outage of {counted(known.gpus, 'GPU')} over the same time: {known.reason}.",
                given=outage.reason,
                advice="Nothing was added. To change what it says, remove it and add it anew.",
            )


def refuse_unless(effect: Effect, *, despite: bool) -> None:
    """Refuse what takes GPUs from bookings that fit nowhere else, unless it is to be ``despite`` them."""
    if effect.endangered and not despite:
        raise Conflict(
            f"{counted(len(effect.endangered), 'booking')} would lose their GPUs and fit nowhere else.",
            given=[str(booking.id) for booking in effect.endangered],
            allowed="a time without them, or despite_bookings",
            advice="Choose another time; or say that it is to be despite these bookings: their owners are told.",
        )


def _node_view(product: str, node: Node, trouble: NodeTrouble | None) -> NodeView:
    return NodeView(
        node=node.id,
        pool=node.pool,
        product=product,
        gpus=node.capacity,
        trouble=trouble.reason if trouble else "",
        since=trouble.since if trouble else None,
    )


def _take_troubles(work: Work, told: Sequence[Trouble]) -> None:
    """Make the troubles of nodes, and the outages that follow from them, as the cluster tells them."""
    nodes = {node.id: node for pool in work.tx.inventory.pools() for node in pool.nodes}
    now_wrong = {trouble.node: trouble for trouble in told if trouble.node in nodes}
    for booking in work.tx.bookings.occupying(work.now):
        if nodes[booking.node].capacity == 0:
            now_wrong.setdefault(booking.node, Trouble(booking.node, _GONE, away=True))
    known = work.tx.alarms.troubles()
    for node in known.keys() - now_wrong.keys():
        _well(work, known[node])
    for node, trouble in now_wrong.items():
        _in_trouble(work, nodes[node], trouble, known.get(node))


def _in_trouble(work: Work, node: Node, trouble: Trouble, known: NodeTrouble | None) -> None:
    outage = _keep_outage(work, node, trouble, known)
    wrong = NodeTrouble(
        node=node.id, reason=trouble.reason, since=known.since if known else work.now, outage=outage
    )
    if wrong == known:
        return
    work.tx.alarms.put_trouble(wrong)
    if known is None or known.reason != wrong.reason:
        work.record("platform", "inventory.trouble", node.id, UserName(""), reason=wrong.reason)


def _keep_outage(work: Work, node: Node, trouble: Trouble, known: NodeTrouble | None) -> int | None:
    """Return the outage of a node that is away, renewed if need be; end that of one that is not."""
    there = _outage(work, known)
    if not trouble.away or not node.capacity:
        _end_outage(work, known)
        return None
    wanted = Outage(node.id, Interval(work.now, work.now + _AWAY), node.capacity, trouble.reason[:200])
    if known is None or known.outage is None or there is None:
        return work.tx.inventory.add_outage(wanted)
    renewed = replace(wanted, interval=Interval(min(there.interval.start, work.now), wanted.interval.end))
    same = (there.gpus, there.reason) == (wanted.gpus, wanted.reason)
    if not same or there.interval.end < work.now + _RENEWED:
        work.tx.inventory.change_outage(known.outage, renewed)
    return known.outage


def _well(work: Work, known: NodeTrouble) -> None:
    _end_outage(work, known)
    work.tx.alarms.remove_trouble(known.node)
    work.record("platform", "inventory.well", known.node, UserName(""), reason=known.reason)


def _end_outage(work: Work, known: NodeTrouble | None) -> None:
    """End an outage now; one that has not lasted is as if it had never been."""
    there = _outage(work, known)
    if there is None or known is None or known.outage is None:
        return
    if there.interval.start < work.now:
        over = replace(there, interval=Interval(there.interval.start, work.now))
        work.tx.inventory.change_outage(known.outage, over)
    else:
        work.tx.inventory.remove_outage(known.outage)


def _outage(work: Work, known: NodeTrouble | None) -> Outage | None:
    return dict(work.tx.inventory.outages()).get(known.outage) if known and known.outage else None
