"""How the project of a booking stands: its quotas, and what its people have booked."""

from __future__ import annotations

from datetime import datetime

from maia_hub.core.bookings import Booking
from maia_hub.core.gpus import GpuPool
from maia_hub.core.ids import ProjectId
from maia_hub.core.quotas import Standing, since
from maia_hub.desk.work import Work, pool_of


def standing(
    work: Work, name: ProjectId, pool: GpuPool, start: datetime, without: Booking | None = None
) -> Standing | None:
    """Return how a project stands for a booking of a pool from ``start`` on; None if it has no quotas."""
    project = work.in_force.projects.get(name)
    if not project.limited:
        return None
    first = min(start, work.now)
    found = work.of_project(
        name, since(first, work.in_force.projects.zone) if project.counts_hours else first
    )
    return Standing(
        name=name,
        project=project,
        others=[b for b in found if without is None or b.id != without.id],
        product=pool.product,
        zone=work.in_force.projects.zone,
    )


def standing_of(work: Work, booking: Booking) -> Standing | None:
    """Return how the project of a booking stands without it."""
    if not work.in_force.projects.get(booking.project).limited:
        return None
    pool = pool_of(work.tx.inventory.pools(), booking.pool)
    return standing(work, booking.project, pool, booking.interval.start, booking)
