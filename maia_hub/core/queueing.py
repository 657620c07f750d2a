"""The line before the idle GPUs of a pool: whose turn it is, and when the next GPU can be expected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from maia_hub.core.gpus import GpuPool, Node
from maia_hub.core.ids import PoolId, TicketId, UserName
from maia_hub.core.view import Loan, View, lent_on, loans, over_time, stretches, taken_on
from maia_hub.core.waiting import Waiter


def line(view: View, pool: PoolId) -> list[Waiter]:
    """Return who waits for a GPU of a pool, the first first."""
    return sorted((w for w in view.queue if w.pool == pool), key=lambda w: w.id)


def waiter_of(view: View, user: UserName, pool: PoolId) -> Waiter | None:
    """Return the user's place in the line of a pool, None if she has none."""
    return next((w for w in view.queue if w.pool == pool and w.user == user), None)


def place(view: View, user: UserName, pool: PoolId) -> int:
    """Return the user's number in the line of a pool, or the one that she would have."""
    users = [w.user for w in line(view, pool)]
    return users.index(user) + 1 if user in users else len(users) + 1


def seats(view: View, pool: GpuPool) -> dict[TicketId, Loan]:
    """Return whose turn it is, with the GPU: as many as there are GPUs to lend, in the order of the line.

    Only who has accepted, and whose server is being restarted, goes before. What was offered stays the same GPU
    as long as it can be lent; a GPU that cannot is replaced by another one if there is.
    """
    return _seats(line(view, pool.id), loans(view, pool))


def _seats(waiting: list[Waiter], idle: list[Loan]) -> dict[TicketId, Loan]:
    turn = sorted(waiting, key=lambda w: w.accepted is None)[: len(idle)]
    by_gpu = {loan.gpu.id: loan for loan in idle}
    kept = {w.id: by_gpu.pop(w.gpu) for w in turn if w.gpu in by_gpu}
    others = iter(by_gpu.values())
    return {w.id: kept[w.id] if w.id in kept else next(others) for w in turn}


def loan_for(view: View, user: UserName, pool: GpuPool) -> Loan | None:
    """Return the GPU that the user may borrow now; None if there is none, or others wait for it."""
    idle = loans(view, pool)
    taken = _seats(line(view, pool.id), idle)
    own = waiter_of(view, user, pool.id)
    if own is not None:
        return taken.get(own.id)
    promised = {loan.gpu.id for loan in taken.values()}
    return next((loan for loan in idle if loan.gpu.id not in promised), None)


def expected(view: View, pool: GpuPool, place: int) -> datetime | None:
    """Return when whoever has that place in the line can expect a GPU; None if nobody knows.

    It counts the openings of the pool: stretches of time over which one more GPU of a node is free of bookings and
    outages, at least as long as a GPU is lent for. Each serves one in line, who keeps the GPU until it closes; those
    that have begun already serve those who borrow a GPU now. So the k-th in line can expect hers when the k-th
    opening begins. A booking that is made, extended or given back changes that; a loan that nobody needs back has no
    end, and opens nothing.
    """
    begins = sorted(start for node in pool.nodes for start in _openings(view, node))
    return begins[place - 1] if place <= len(begins) else None


def _openings(view: View, node: Node) -> Iterator[datetime]:
    free, lent = _free(view, node), lent_on(view, node)
    for level in range(1, node.capacity + 1):
        for start, end in stretches(free, level):
            if end is not None and end - start < view.closing.lend_at_least:
                continue
            if start > view.now or level > lent:
                yield start


def _free(view: View, node: Node) -> list[tuple[datetime, int]]:
    """Return the unbooked GPUs of a node over time, less those that a booking which is over still holds."""
    live = {b.id for b in view.bookings_on(node.id)}
    late = [
        (lease.since, lease.until, len(lease.gpus))
        for lease in view.leases_on(node.id)
        if lease.booking and lease.booking not in live and lease.until
    ]
    return over_time(node.capacity, [*taken_on(view, node), *late], view.now)
