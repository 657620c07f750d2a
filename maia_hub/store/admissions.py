"""What the admission review asks and writes: a pod's right, in as few questions as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, bindparam, exists, func, insert, select

from maia_hub.core.bookings import LIVE_STATES
from maia_hub.core.ids import BookingId, GpuId, LeaseId, NodeId, ProjectId, UserName
from maia_hub.core.leases import GrantKind
from maia_hub.core.rights import Right, Running
from maia_hub.store.bookings import booking_of
from maia_hub.store.tables import bookings, gpus, lease_gpus, leases, pods, pools

PodName = tuple[str, str]
"""A pod's namespace and name. No two pods of one name are there at the same time, so it tells pods apart."""

# Statements are made once: making one, and knowing it again, takes longer than what the database does with it.
_FREE = gpus.c.present & ~exists().where(lease_gpus.c.gpu == gpus.c.id, lease_gpus.c.live)
_FREE_ON = (
    select(func.count()).select_from(gpus).where(_FREE, gpus.c.node == bookings.c.node).scalar_subquery()
)
_HELD_BY = (
    select(func.count())
    .select_from(lease_gpus.join(leases))
    .where(lease_gpus.c.live, leases.c.booking == bookings.c.id)
    .scalar_subquery()
)
_HAS = select(func.count()).where(lease_gpus.c.lease == leases.c.id, lease_gpus.c.live).scalar_subquery()
_RIGHT = (
    select(leases, pools.c.resource, _HAS.label("gpus"), pods.c.namespace, pods.c.name)
    .select_from(leases.join(pools).outerjoin(pods))
    .where(leases.c.id == bindparam("grant"), leases.c.released.is_(None))
)
_RUNNING = (
    select(bookings, pools.c.resource, _HELD_BY.label("held"), _FREE_ON.label("free"))
    .select_from(bookings.join(pools))
    .where(
        bookings.c.user == bindparam("of"),
        bookings.c.ends_at > bindparam("now"),
        bookings.c.starts_at <= bindparam("now"),
        bookings.c.state.in_(sorted(state.value for state in LIVE_STATES)),
    )
)
_FREE_OF = select(gpus.c.id).where(_FREE, gpus.c.node == bindparam("of")).order_by(gpus.c.position)
_ADD = insert(pods)


@dataclass(frozen=True)
class Admissions:
    """Which pod is there for which lease."""

    connection: Connection

    def right(self, grant: LeaseId) -> tuple[Right, PodName | None] | None:
        """Return what a lease that is not released gives, and the pod that was admitted for it; None if it is none."""
        row = self.connection.execute(_RIGHT, {"grant": grant}).one_or_none()
        if row is None:
            return None
        right = Right(
            grant=LeaseId(row.id),
            kind=GrantKind(row.kind),
            user=UserName(row.user),
            resource=row.resource,
            gpus=row.gpus,
            node=NodeId(row.node),
            until=row.until,
            booking=BookingId(row.booking) if row.booking else None,
            project=ProjectId(row.project),
        )
        return right, None if row.name is None else (row.namespace, row.name)

    def running(self, user: UserName, now: datetime) -> list[Running]:
        """Return the user's bookings that run now, with what is left of them."""
        return [
            Running(booking=booking_of(row), resource=row.resource, held=row.held, free=row.free)
            for row in self.connection.execute(_RUNNING, {"of": user, "now": now})
        ]

    def free(self, node: NodeId, count: int) -> list[GpuId]:
        """Return so many GPUs of a node that nobody holds, or as many as there are."""
        found = self.connection.execute(_FREE_OF, {"of": node}).scalars()
        return [GpuId(each) for each in islice(found, count)]

    def add(self, grant: LeaseId, pod: PodName, at: datetime) -> None:
        """Write which pod was admitted for a lease; the database refuses a second one."""
        namespace, name = pod
        values = {"lease": grant, "namespace": namespace, "name": name, "admitted": at}
        self.connection.execute(_ADD, values)
