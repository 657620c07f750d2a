"""Whom an idle GPU is offered to, and what becomes of an offer that is not taken."""

from __future__ import annotations

from datetime import timedelta

from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import GpuId
from maia_hub.core.queueing import line, seats
from maia_hub.core.view import View
from maia_hub.core.waiting import Waiter
from maia_hub.desk.texts import LAPSED, LEFT, OFFERED, WITHDRAWN
from maia_hub.desk.work import Work
from maia_hub.store.notices import Notice

RESTARTED_WITHIN = timedelta(minutes=5)
"""A server whose owner took the offer is up by then; if it is not, the GPU is kept for her no longer."""


def offer(work: Work) -> None:
    """Let the lines go on: who is gone leaves, who did not answer, too; idle GPUs are offered to the first."""
    waiting = work.tx.queue.all()
    if not waiting:
        return
    _end_places(work, waiting)
    view = work.view()
    for pool in view.pools:
        _offer_pool(work, view, pool)


def forget(work: Work, waiter: Waiter, actor: str, why: str) -> None:
    """End somebody's place, and what was offered."""
    work.tx.queue.remove(waiter.id)
    if waiter.notice is not None:
        work.tx.notices.dismiss(waiter.user, waiter.notice)
    work.record(actor, f"queue.{why}", waiter.id, waiter.user, before=_facts(waiter))


def _end_places(work: Work, waiting: list[Waiter]) -> None:
    there = {(s.user, s.server) for s in work.tx.servers.of_users({w.user for w in waiting})}
    pools = {pool.id: pool for pool in work.tx.inventory.pools()}
    for waiter in waiting:
        if (waiter.user, waiter.server) not in there:
            forget(work, waiter, "platform", "ended")
            _told(work, waiter, pools[waiter.pool], LEFT)
        elif _lapsed(work, waiter):
            forget(work, waiter, "platform", "lapsed")
            _told(work, waiter, pools[waiter.pool], LAPSED)


def _lapsed(work: Work, waiter: Waiter) -> bool:
    if waiter.accepted is not None:
        return work.now >= waiter.accepted + RESTARTED_WITHIN
    return waiter.until is not None and work.now >= waiter.until


def _offer_pool(work: Work, view: View, pool: GpuPool) -> None:
    """Offer the pool's idle GPUs in the order of its line; take back what cannot be kept.

    All that is taken back comes first: no GPU is ever offered to two.
    """
    turn = seats(view, pool)
    waiting = line(view, pool.id)
    changed = [w for w in waiting if w.gpu != (turn[w.id].gpu.id if w.id in turn else None)]
    if freed := [w.id for w in changed if w.gpu is not None]:
        work.tx.queue.withdraw(freed)
    for waiter in changed:
        if waiter.id in turn:
            _offer(work, waiter, pool, turn[waiter.id].gpu.id)
        else:
            _withdrawn(work, waiter, pool)


def _offer(work: Work, waiter: Waiter, pool: GpuPool, gpu: GpuId) -> None:
    """Offer a GPU; one that only takes the place of another one is offered no longer than that was."""
    if waiter.gpu is not None and waiter.until is not None:
        work.tx.queue.offer(waiter, gpu, waiter.until, waiter.notice)
        return
    until = work.now + work.closing.offer
    title, message = OFFERED
    work.tx.notices.withdraw(waiter.user, "waiting")
    notice = _notice(work, waiter, "offer", title.format(pool.product), message)
    work.tx.queue.offer(waiter, gpu, until, notice)
    after = {"server": waiter.server, "gpu": gpu, "until": until.isoformat()}
    work.record("platform", "queue.offered", waiter.id, waiter.user, after=after)


def _withdrawn(work: Work, waiter: Waiter, pool: GpuPool) -> None:
    """Say that the GPU is gone: to her who had not answered by a notice, else by what her server is given."""
    if waiter.notice is not None:
        work.tx.notices.dismiss(waiter.user, waiter.notice)
    if waiter.accepted is None:
        _told(work, waiter, pool, WITHDRAWN)
    reason = "no GPU is idle any more"
    work.record("platform", "queue.withdrawn", waiter.id, waiter.user, reason=reason, before=_facts(waiter))


def _told(work: Work, waiter: Waiter, pool: GpuPool, text: tuple[str, str]) -> None:
    title, message = text
    _notice(work, waiter, "waiting", title.format(pool.product), message)


def _notice(work: Work, waiter: Waiter, kind: str, title: str, message: str) -> int:
    notice = Notice(
        user=waiter.user, server=waiter.server, at=work.now, kind=kind, title=title, message=message
    )
    return work.tx.notices.add(notice, beside=True)


def _facts(waiter: Waiter) -> dict[str, object]:
    return {
        "server": waiter.server,
        "pool": waiter.pool,
        "since": waiter.since.isoformat(),
        "gpu": waiter.gpu,
        "until": waiter.until.isoformat() if waiter.until else None,
    }
