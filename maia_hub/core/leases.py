"""Leases: what one process or pod really holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from maia_hub.core.ids import (
    DEFAULT_CLUSTER,
    DEFAULT_PROJECT,
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


class GrantKind(str, Enum):
    """What one server start receives."""

    BOOKED = "booked"
    OPPORTUNISTIC = "opportunistic"
    CPU = "cpu"


class LeaseEnd(str, Enum):
    """Why a lease was released."""

    EXPIRED = "expired"
    RELEASED = "released"
    PREEMPTED = "preempted"
    STOPPED = "stopped"
    FAILED = "failed"
    REVOKED = "revoked"


FIXED = (
    "This server's image cannot follow an extension: if the booking is extended, it is restarted at this end, "
    "with the GPU."
)
"""What the owner of a server reads whose lease is fixed."""

_POD = "pod:"
_LONGEST = 63


def server_of_pod(namespace: str, name: str) -> ServerName:
    """Return what stands for a server in the lease of a pod that no hub made; no server can be called so."""
    return ServerName(f"{_POD}{namespace}/{name}"[:_LONGEST])


def is_of_pod(server: ServerName) -> bool:
    """Tell whether this stands for a server in the lease of a pod that no hub made."""
    return server.startswith(_POD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """GPUs that a server holds from ``since`` until ``until`` at the latest; free once ``released`` is set.

    A booked lease names its booking and ends with it; an opportunistic one has no booking, and its ``until``
    is None as long as nobody needs the GPU, or the moment at which it is taken back. ``fixed``: what holds it cannot
    be told of a later end, so its own only ever comes nearer.
    """

    id: LeaseId
    kind: GrantKind
    user: UserName
    server: ServerName
    pool: PoolId
    node: NodeId
    gpus: tuple[GpuId, ...]
    since: datetime
    until: datetime | None
    booking: BookingId | None = None
    fixed: bool = False
    released: datetime | None = None
    ended_by: LeaseEnd | None = None
    project: ProjectId = DEFAULT_PROJECT
    cluster: ClusterId = DEFAULT_CLUSTER

    @property
    def live(self) -> bool:
        """Tell whether the GPUs are still held."""
        return self.released is None

    @property
    def of_pod(self) -> bool:
        """Tell whether it is that of a pod that no hub made: a Job's, a person's own."""
        return is_of_pod(self.server)
