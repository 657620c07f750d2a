"""What owners of bookings were warned of or asked, until that is over."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, select

from maia_hub.core.ids import BookingId
from maia_hub.store.reminder_tables import reminders
from maia_hub.store.upsert import upsert

ReminderKind = Literal["unused", "idle"]


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """A warning that a booking is ``unused``, or the question whether an ``idle`` one is needed, by a notice.

    ``kept`` is when its owner answered that she needs it.
    """

    booking: BookingId
    kind: ReminderKind
    at: datetime
    notice: int
    kept: datetime | None = None


@dataclass(frozen=True)
class Reminders:
    """All of them."""

    connection: Connection

    def all(self, kind: ReminderKind) -> dict[BookingId, Reminder]:
        """Return those of a kind, by the booking that they are about."""
        rows = self.connection.execute(select(reminders).where(reminders.c.kind == kind))
        return {
            BookingId(row.booking): Reminder(
                booking=BookingId(row.booking), kind=kind, at=row.at, notice=row.notice, kept=row.kept
            )
            for row in rows
        }

    def put(self, reminder: Reminder) -> None:
        """Write one, new or changed."""
        values = asdict(reminder)
        key = {"booking": values.pop("booking"), "kind": values.pop("kind")}
        upsert(self.connection, reminders, key, values)

    def remove(self, booking: BookingId, kind: ReminderKind) -> None:
        """Forget one."""
        this = (reminders.c.booking == booking, reminders.c.kind == kind)
        self.connection.execute(delete(reminders).where(*this))
