"""Which lent GPUs must go back, and when: the choice of victims, and their warning."""

from __future__ import annotations

from datetime import datetime

from maia_hub.core.gpus import Node
from maia_hub.core.leases import GrantKind, Lease
from maia_hub.core.view import View, lent_until
from maia_hub.desk.holding import set_until
from maia_hub.desk.work import Work


def reclaim(work: Work) -> None:
    """Give every lent GPU that a booking needs an end; take the end away again if nobody needs it any more.

    On each node the newest lease goes first. The end is the moment the GPU is needed, but never sooner than the
    grace from now.
    """
    lent = work.tx.leases.lent() if work.lends and not work.rehearsed else []
    if not lent:
        return
    view = work.view_of_lent(lent)
    for pool in view.pools:
        for node in pool.nodes:
            _reclaim_node(work, view, node)


def _reclaim_node(work: Work, view: View, node: Node) -> None:
    lent = [x for x in view.leases_on(node.id) if x.kind is GrantKind.OPPORTUNISTIC]
    for keep, lease in enumerate(lent, start=1):
        needed = lent_until(view, node, keep)
        until = _until(work, lease, needed)
        if until != lease.until:
            set_until(work, lease, until)
            _record(work, lease, until)


def _until(work: Work, lease: Lease, needed: datetime | None) -> datetime | None:
    """Return the lease's end: when it is needed, after the grace; a warning that runs already is not prolonged."""
    if lease.until is not None and work.now >= work.closing.moments(lease.until).stop:
        return lease.until
    if needed is None:
        return None
    soonest = work.now + work.closing.grace
    if lease.until is not None and needed <= soonest and lease.until <= soonest:
        return lease.until
    return max(needed, soonest)


def _record(work: Work, lease: Lease, until: datetime | None) -> None:
    work.record(
        "platform",
        "lease.reclaimed" if until else "lease.kept",
        lease.id,
        lease.user,
        reason="a booking begins on this GPU" if until else "no booking needs this GPU any more",
        before={"until": lease.until.isoformat() if lease.until else None},
        after={"until": until.isoformat() if until else None},
    )
