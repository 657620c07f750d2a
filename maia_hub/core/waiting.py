"""Who waits for an idle GPU: a place in the line of a pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.ids import DEFAULT_PROJECT, GpuId, PoolId, ProjectId, ServerName, TicketId, UserName


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """A server of a user that waits for an idle GPU of a pool; who came later has the higher ``id``.

    ``gpu`` is what is offered to her until ``until``; ``accepted`` when she took it: then her server is being
    restarted, and the offer stands.
    """

    id: TicketId
    user: UserName
    server: ServerName
    pool: PoolId
    since: datetime
    project: ProjectId = DEFAULT_PROJECT
    gpu: GpuId | None = None
    until: datetime | None = None
    accepted: datetime | None = None
    notice: int | None = None
