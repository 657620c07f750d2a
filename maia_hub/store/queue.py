"""Those who wait for an idle GPU; one offer a GPU is a unique index, and so is one place a user and pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from maia_hub.core.ids import GpuId, PoolId, ProjectId, ServerName, TicketId, UserName
from maia_hub.core.waiting import Waiter
from maia_hub.store.queue_tables import waiters


@dataclass(frozen=True)
class Queue:
    """The lines before all pools."""

    connection: Connection

    def all(self) -> list[Waiter]:
        """Return everybody who waits, the first first."""
        return self._all(select(waiters))

    def of_user(self, user: UserName) -> list[Waiter]:
        """Return the user's places."""
        return self._all(select(waiters).where(waiters.c.user == user))

    def next_lapse(self, after: datetime) -> datetime | None:
        """Return when the next offer lapses after a moment; None if none does."""
        query = select(func.min(waiters.c.offered_until)).where(waiters.c.offered_until > after)
        return self.connection.execute(query).scalar()

    def add(self, waiter: Waiter) -> TicketId:
        """Put somebody at the end of a line; return her number."""
        done = self.connection.execute(
            insert(waiters).values(
                user=waiter.user,
                server=waiter.server,
                project=waiter.project,
                pool=waiter.pool,
                since=waiter.since,
            )
        )
        return TicketId(done.inserted_primary_key[0] if done.inserted_primary_key else 0)

    def move(self, ticket: TicketId, server: ServerName, project: ProjectId) -> None:
        """Let another server of the same user have the place."""
        self._set([ticket], server=server, project=project)

    def withdraw(self, tickets: Iterable[TicketId]) -> None:
        """Take offers back; the places stay."""
        self._set(tickets, gpu=None, offered_until=None, accepted=None, notice=None)

    def offer(self, waiter: Waiter, gpu: GpuId, until: datetime, notice: int | None) -> None:
        """Offer a GPU to somebody; the database refuses one that is offered to somebody else.

        Whether she accepted another one that it takes the place of stays as it was.
        """
        offered = {"gpu": gpu, "offered_until": until, "notice": notice, "accepted": waiter.accepted}
        self._set([waiter.id], **offered)

    def accept(self, ticket: TicketId, at: datetime) -> None:
        """Note that an offer was accepted."""
        self._set([ticket], accepted=at)

    def remove(self, ticket: TicketId) -> None:
        """Let somebody leave."""
        self.connection.execute(delete(waiters).where(waiters.c.id == ticket))

    def _set(self, tickets: Iterable[TicketId], **values: object) -> None:
        self.connection.execute(update(waiters).where(waiters.c.id.in_(tickets)).values(**values))

    def _all(self, query: Any) -> list[Waiter]:
        return [
            Waiter(
                id=TicketId(row.id),
                user=UserName(row.user),
                server=ServerName(row.server),
                pool=PoolId(row.pool),
                since=row.since,
                project=ProjectId(row.project),
                gpu=GpuId(row.gpu) if row.gpu else None,
                until=row.offered_until,
                accepted=row.accepted,
                notice=row.notice,
            )
            for row in self.connection.execute(query.order_by(waiters.c.id))
        ]
