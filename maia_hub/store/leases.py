"""Leases in the database; one live holder a GPU is a unique index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

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
from maia_hub.store.tables import lease_gpus, leases

# Made once: making a statement, and knowing it again, takes longer than what the database does with it.
_ADD = insert(leases)
_ADD_GPU = insert(lease_gpus)


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
                released=row.released,
                ended_by=LeaseEnd(row.ended_by) if row.ended_by else None,
                project=ProjectId(row.project),
                cluster=ClusterId(row.cluster),
            )
            for row in rows
        ]
