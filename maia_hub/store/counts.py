"""Numbers for whoever watches the platform; nobody's name is in them, and none takes longer the longer it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from maia_hub.core.leases import LeaseEnd
from maia_hub.store.queue_tables import waiters
from maia_hub.store.tables import leases, notices
from maia_hub.store.wish_tables import wishes

ON_TIME = timedelta(seconds=1)
"""A GPU that is free this long after its end was given back on time."""


@dataclass(frozen=True)
class Counts:
    """What can be counted of the whole platform."""

    connection: Connection

    def waiting(self) -> dict[str, int]:
        """Return how many wait for an idle GPU, by pool."""
        return self._pairs(select(waiters.c.pool, func.count()).group_by(waiters.c.pool))

    def wishes(self) -> dict[str, int]:
        """Return how many wait for booked time, by pool."""
        query = select(wishes.c.pool, func.count()).where(wishes.c.state == "waiting")
        return self._pairs(query.group_by(wishes.c.pool))

    def notices(self) -> dict[str, int]:
        """Return how many notices nobody has dismissed, by kind."""
        return self._pairs(
            select(notices.c.kind, func.count()).where(~notices.c.dismissed).group_by(notices.c.kind)
        )

    def expiries(self, since: datetime, now: datetime) -> dict[str, int]:
        """Return how many sessions came to their end since a moment: on time, late, and those that should have."""
        ends = select(leases.c.until, leases.c.released).where(
            leases.c.released > since, leases.c.ended_by == LeaseEnd.EXPIRED.value
        )
        late = [each.released > each.until + ON_TIME for each in self.connection.execute(ends) if each.until]
        due = select(func.count()).where(leases.c.released.is_(None), leases.c.until < now - ON_TIME)
        overdue = self.connection.execute(due).scalar() or 0
        return {"on_time": late.count(False), "late": late.count(True), "overdue": overdue}

    def _pairs(self, query: object) -> dict[str, int]:
        return {str(name): int(count) for name, count in self.connection.execute(query)}  # type: ignore[call-overload]
