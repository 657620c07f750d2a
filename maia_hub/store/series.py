"""Series of bookings in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from maia_hub.core.ids import ClusterId, ProjectId, SeriesId, UserName
from maia_hub.core.series import Series
from maia_hub.store.series_tables import series


@dataclass(frozen=True)
class SeriesBook:
    """The series of everybody; they are never changed."""

    connection: Connection

    def get(self, series_id: SeriesId) -> Series | None:
        """Return a series, or None."""
        row = self.connection.execute(select(series).where(series.c.id == series_id)).one_or_none()
        return _series_of(row) if row else None

    def of_user(self, user: UserName) -> list[Series]:
        """Return a user's series, the oldest first."""
        query = select(series).where(series.c.user == user).order_by(series.c.created, series.c.id)
        return [_series_of(row) for row in self.connection.execute(query)]

    def add(self, made: Series) -> None:
        """Write a new series."""
        self.connection.execute(
            insert(series).values(
                id=made.id,
                cluster=made.cluster,
                project=made.project,
                user=made.user,
                rule=made.rule,
                zone=made.zone,
                skip=[day.isoformat() for day in made.skip],
                created=made.created,
            )
        )


def _series_of(row: Row[Any]) -> Series:
    return Series(
        id=SeriesId(row.id),
        user=UserName(row.user),
        project=ProjectId(row.project),
        rule=row.rule,
        zone=row.zone,
        skip=tuple(map(date.fromisoformat, row.skip)),
        created=row.created,
        cluster=ClusterId(row.cluster),
    )
