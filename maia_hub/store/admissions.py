"""What the admission review asks and writes: a pod's right, in as few questions as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, or_, select

from maia_hub.core.bookings import LIVE_STATES
from maia_hub.core.ids import BookingId, GpuId, LeaseId, NodeId, ProjectId, UserName
from maia_hub.core.leases import GrantKind
from maia_hub.core.rights import Right, Running
from maia_hub.store.bookings import booking_of
from maia_hub.store.class_tables import class_members
from maia_hub.store.decisions import Question
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
_GROUPS = select(class_members.c.class_group).where(class_members.c.user == bindparam("of"))
_RUNS = (
    or_(bookings.c.user == bindparam("of"), bookings.c.class_group.in_(_GROUPS)),
    bookings.c.ends_at > bindparam("now"),
    bookings.c.starts_at <= bindparam("now"),
    or_(*(bookings.c.state == state for state in sorted(state.value for state in LIVE_STATES))),
)
_RUNNING = (
    select(bookings, pools.c.resource, _HELD_BY.label("held"), _FREE_ON.label("free"))
    .select_from(bookings.join(pools))
    .where(*_RUNS)
)
_FREE_OF = (
    select(gpus.c.node, gpus.c.id)
    .where(_FREE, gpus.c.node.in_(select(bookings.c.node).where(*_RUNS)))
    .order_by(gpus.c.position)
)
_ADD = insert(pods)


def right_of(grant: LeaseId) -> Question:
    """Ask what a lease that is not released gives, and for which pod; see `found_right`."""
    return _RIGHT, {"grant": grant}


def running_of(user: UserName, now: datetime) -> Question:
    """Ask for the user's bookings that run now, with what is left of them; see `found_running`."""
    return _RUNNING, {"of": user, "now": now}


def free_of(user: UserName, now: datetime) -> Question:
    """Ask for the GPUs that nobody holds where the user's bookings run now; see `found_free`."""
    return _FREE_OF, {"of": user, "now": now}


def found_right(rows: Sequence[Row[Any]]) -> tuple[Right, PodName | None] | None:
    """Return the right and the pod that was admitted for it; None if it is none."""
    if not rows:
        return None
    (row,) = rows
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


def found_running(rows: Sequence[Row[Any]]) -> list[Running]:
    """Return the bookings."""
    return [
        Running(booking=booking_of(row), resource=row.resource, held=row.held, free=row.free) for row in rows
    ]


def found_free(rows: Sequence[Row[Any]], node: NodeId, count: int) -> tuple[GpuId, ...]:
    """Return so many GPUs of a node, or as many as there are."""
    return tuple(islice((GpuId(row.id) for row in rows if row.node == node), count))


@dataclass(frozen=True)
class Admissions:
    """Which pod is there for which lease."""

    connection: Connection

    def add(self, grant: LeaseId, pod: PodName, at: datetime) -> None:
        """Write which pod was admitted for a lease; the database refuses a second one."""
        namespace, name = pod
        values = {"lease": grant, "namespace": namespace, "name": name, "admitted": at}
        self.connection.execute(_ADD, values)
