"""Leases in the database; one live holder a GPU is a unique index."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from maia_hub.core.ids import (
    BookingId,
    ClusterId,
    GpuId,
    LeaseId,
    NodeId,
    PoolId,
    ProjectId,
    ServerName,
    UserName,
)
from maia_hub.core.interval import Interval
from maia_hub.core.leases import GrantKind, Lease, LeaseEnd
from maia_hub.store.decisions import Question
from maia_hub.store.tables import lease_gpus, leases

# Made once: making a statement, and knowing it again, takes longer than what the database does with it.
_ADD = insert(leases)
_ADD_GPU = insert(lease_gpus)
_MANY = 500  # a statement takes only so many values
_LIVE_IDS = select(leases.c.id).where(leases.c.released.is_(None))
_LENT = leases.c.kind == GrantKind.OPPORTUNISTIC.value
LENT: Question = (select(leases.c.id).where(leases.c.released.is_(None), _LENT).limit(1), {})
"""Ask whether any GPU is lent."""


@dataclass(frozen=True)
class Leases:
    """What servers hold and held."""

    connection: Connection

    def get(self, lease_id: LeaseId) -> Lease | None:
        """Return a lease, or None."""
        return next(iter(self._all(select(leases).where(leases.c.id == lease_id))), None)

    def live(self) -> list[Lease]:
        """Return the leases whose GPUs are held now, the oldest first."""
        return self._all(select(leases).where(leases.c.released.is_(None)))

    def live_ids(self) -> list[LeaseId]:
        """Return the ids of the live leases: to look whether something is amiss takes no more."""
        return [LeaseId(each) for each in self.connection.scalars(_LIVE_IDS)]

    def live_among(self, ids: Collection[LeaseId]) -> list[Lease]:
        """Return those of these leases that are live, the oldest first."""
        if len(ids) > _MANY:
            wanted = set(ids)
            return [lease for lease in self.live() if lease.id in wanted]
        return self._all(select(leases).where(leases.c.released.is_(None), leases.c.id.in_(list(ids))))

    def lent(self) -> list[Lease]:
        """Return the live leases of GPUs that nobody booked, the oldest first."""
        return self._all(select(leases).where(leases.c.released.is_(None), _LENT))

    def holding(self, gpus: Collection[GpuId]) -> list[Lease]:
        """Return the live leases of any of these GPUs, the oldest first."""
        of = select(lease_gpus.c.lease).where(lease_gpus.c.live, lease_gpus.c.gpu.in_(list(gpus)))
        return self._all(select(leases).where(leases.c.id.in_(of)))

    def of_server(self, user: UserName, server: ServerName) -> list[Lease]:
        """Return the live leases of a server, the oldest first."""
        own = (leases.c.user == user, leases.c.server == server)
        return self._all(select(leases).where(leases.c.released.is_(None), *own))

    def of_users(self, users: Collection[UserName]) -> list[Lease]:
        """Return the live leases of these users, the oldest first."""
        own = leases.c.user.in_(list(users))
        return self._all(select(leases).where(leases.c.released.is_(None), own))

    def of_booking(self, booking: BookingId) -> list[Lease]:
        """Return the live leases by a booking, the oldest first."""
        return self._all(select(leases).where(leases.c.released.is_(None), leases.c.booking == booking))

    def ending_by(self, moment: datetime) -> list[Lease]:
        """Return the live leases that end at ``moment`` or before, the oldest first."""
        return self._all(select(leases).where(leases.c.released.is_(None), leases.c.until <= moment))

    def next_end(self, after: datetime) -> datetime | None:
        """Return when the next live lease ends after a moment; None if none does."""
        query = select(func.min(leases.c.until)).where(leases.c.released.is_(None), leases.c.until > after)
        return self.connection.execute(query).scalar()

    def within(self, interval: Interval) -> list[Lease]:
        """Return the leases that touch the interval."""
        query = select(leases).where(
            leases.c.since < interval.end,
            or_(leases.c.released.is_(None), leases.c.released > interval.start),
        )
        return self._all(query)

    def add(self, lease: Lease) -> None:
        """Write a new lease; the database refuses a GPU that is held."""
        values = {
            "id": lease.id,
            "cluster": lease.cluster,
            "project": lease.project,
            "kind": lease.kind.value,
            "user": lease.user,
            "server": lease.server,
            "pool": lease.pool,
            "node": lease.node,
            "booking": lease.booking,
            "since": lease.since,
            "until": lease.until,
            "fixed": lease.fixed,
        }
        self.connection.execute(_ADD, values)
        for gpu in lease.gpus:
            self.connection.execute(_ADD_GPU, {"lease": lease.id, "gpu": gpu, "live": True})

    def set_until(self, lease_id: LeaseId, until: datetime | None) -> None:
        """Move the end of a lease."""
        self.connection.execute(update(leases).where(leases.c.id == lease_id).values(until=until))

    def release(self, lease_id: LeaseId, at: datetime, cause: LeaseEnd) -> None:
        """Give the GPUs of a lease back."""
        self.connection.execute(
            update(leases)
            .where(leases.c.id == lease_id, leases.c.released.is_(None))
            .values(released=at, ended_by=cause.value)
        )
        self.connection.execute(update(lease_gpus).where(lease_gpus.c.lease == lease_id).values(live=False))

    def _all(self, query: Any) -> list[Lease]:
        rows = list(self.connection.execute(query.order_by(leases.c.since)))
        if not rows:
            return []
        held: dict[object, list[GpuId]] = {}
        chosen = query.with_only_columns(leases.c.id)  # not their ids one by one: SQLite takes only so many
        for lease_id, gpu in self.connection.execute(
            select(lease_gpus.c.lease, lease_gpus.c.gpu).where(lease_gpus.c.lease.in_(chosen))
        ):
            held.setdefault(lease_id, []).append(GpuId(gpu))
        return [
            Lease(
                id=LeaseId(row.id),
                kind=GrantKind(row.kind),
                user=UserName(row.user),
                server=ServerName(row.server),
                pool=PoolId(row.pool),
                node=NodeId(row.node),
                gpus=tuple(held.get(row.id, ())),
                since=row.since,
                until=row.until,
                booking=BookingId(row.booking) if row.booking else None,
                fixed=row.fixed,
                released=row.released,
                ended_by=LeaseEnd(row.ended_by) if row.ended_by else None,
                project=ProjectId(row.project),
                cluster=ClusterId(row.cluster),
            )
            for row in rows
        ]
