"""Use cases of those who wait for an idle GPU: join the line, leave it, take what is offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from maia_hub.core.errors import Conflict, InvalidInput, NotFound
from maia_hub.core.gpus import GpuPool
from maia_hub.core.grants import IDLE, Decision, borrows
from maia_hub.core.ids import PoolId, ProjectId, ServerName, TicketId, UserName
from maia_hub.core.leases import GrantKind
from maia_hub.core.queueing import expected, place, seats
from maia_hub.core.view import View
from maia_hub.core.waiting import Waiter
from maia_hub.desk.cases import Cases
from maia_hub.desk.holding import running_server
from maia_hub.desk.offering import forget, offer
from maia_hub.desk.values import Place
from maia_hub.desk.work import Work


class QueueCases(Cases):
    """What people do about the lines; that a GPU is offered is time's doing (see `maia_hub.desk.offering`)."""

    def join_queue(self, user: UserName, server: ServerName, pool_id: PoolId, now: datetime) -> Place:
        """Let a running server wait for an idle GPU; who waits already keeps her place, for this server."""
        with self._write(now) as work:
            view = work.view()
            pool = next((p for p in view.pools if p.id == pool_id and p.largest_node), None)
            if pool is None:
                raise InvalidInput(
                    f"There is no GPU pool “{pool_id[:60]}”.",
                    given=pool_id[:60],
                    allowed=[p.id for p in view.pools if p.largest_node],
                    advice="Name one of the pools that are allowed.",
                )
            known = running_server(work, user, server)
            if known.kind is not GrantKind.CPU or borrows(view, user):
                raise Conflict(
                    "You have a GPU already.",
                    given=server or "default server",
                    advice="Nobody gets two idle GPUs; give back the one that you have, and wait then.",
                )
            enter(work, user, server, known.project, pool_id)
            offer(work)
            return next(p for p in places(work.view(), user) if p.pool.id == pool_id)

    def leave_queue(self, user: UserName, ticket: TicketId, now: datetime) -> None:
        """Give a place up, or turn down what is offered; the next in line gets the offer."""
        with self._write(now) as work:
            waiter = _own(work, user, ticket)
            if waiter.accepted is not None:
                raise Conflict(
                    "Your server is being restarted with the GPU already.",
                    advice="Wait until it is back; you can release the GPU then.",
                )
            forget(work, waiter, user, "declined" if waiter.gpu else "left")
            offer(work)

    def accept_offer(self, user: UserName, ticket: TicketId, now: datetime) -> None:
        """Take the GPU that is offered: the server is restarted with it; `Conflict` if it is not to be had now."""
        with self._write(now) as work:
            waiter = _own(work, user, ticket)
            if waiter.accepted is not None:
                return
            if waiter.gpu is None or waiter.until is None or waiter.until <= now:
                raise Conflict(
                    "No GPU is offered to you now.", advice="You are asked when your turn has come."
                )
            view = work.view()
            pool = next(p for p in view.pools if p.id == waiter.pool)
            if waiter.id not in seats(view, pool):
                raise Conflict(
                    f"The {pool.product} was booked a moment ago.", advice="You keep your place in line."
                )
            known = running_server(work, user, waiter.server)
            choice = f"{IDLE}:{waiter.pool}"
            work.tx.queue.accept(ticket, now)
            if waiter.notice is not None:
                work.tx.notices.dismiss(user, waiter.notice)
            work.tx.servers.put(replace(known, switch_to=choice))
            work.record(
                user, "queue.accepted", ticket, user, after={"server": waiter.server, "choice": choice}
            )


def enter(work: Work, user: UserName, server: ServerName, project: ProjectId, pool: PoolId) -> None:
    """Put a server at the end of a line, or let it have the place that its owner has there already."""
    own = next((w for w in work.tx.queue.of_user(user) if w.pool == pool), None)
    after = {"server": server, "pool": pool}
    if own is None:
        new = Waiter(id=TicketId(0), user=user, server=server, pool=pool, since=work.now, project=project)
        work.record(user, "queue.joined", work.tx.queue.add(new), user, after=after)
    elif own.server != server:
        work.tx.queue.move(own.id, server, project)
        work.record(user, "queue.moved", own.id, user, before={"server": own.server}, after=after)


def settle(work: Work, decision: Decision, user: UserName, server: ServerName, project: ProjectId) -> None:
    """Do to the lines what a grant means: who is to wait enters one, who has a GPU leaves."""
    if decision.waits_for is not None:
        enter(work, user, server, project, decision.waits_for)
    elif decision.kind is not GrantKind.CPU:
        lent = decision.kind is GrantKind.OPPORTUNISTIC
        for waiter in work.tx.queue.of_user(user):
            if lent or waiter.server == server:
                forget(work, waiter, "platform", "served" if waiter.pool == decision.pool else "left")


def places(view: View, user: UserName) -> list[Place]:
    """Return the user's places, with what can be said of each."""
    pools: dict[PoolId, GpuPool] = {pool.id: pool for pool in view.pools}
    found = []
    for waiter in (w for w in view.queue if w.user == user):
        number = place(view, user, waiter.pool)
        when = expected(view, pools[waiter.pool], number)
        found.append(Place(waiter=waiter, pool=pools[waiter.pool], number=number, expected=when))
    return found


def _own(work: Work, user: UserName, ticket: TicketId) -> Waiter:
    found = next((w for w in work.tx.queue.of_user(user) if w.id == ticket), None)
    if found is None:
        raise NotFound(
            "You have no such place in a line.", given=ticket, advice="It may have ended; look again."
        )
    return found
