"""What is wrong: nodes in trouble, and bookings that their nodes cannot keep."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from maia_hub.core.ids import BookingId, NodeId
from maia_hub.store.alarm_tables import endangered, troubles
from maia_hub.store.upsert import upsert


@dataclass(frozen=True, kw_only=True)
class NodeTrouble:
    """What is wrong with a node, since when, and the outage that keeps its GPUs from being booked meanwhile."""

    node: NodeId
    reason: str
    since: datetime
    outage: int | None = None


@dataclass(frozen=True, kw_only=True)
class Endangered:
    """A booking that its node cannot keep; ``told`` and ``notice``: when and by which message its owner knows."""

    booking: BookingId
    reason: str
    since: datetime
    told: datetime | None = None
    notice: int | None = None


@dataclass(frozen=True)
class Alarms:
    """Everything that is wrong now."""

    connection: Connection

    def troubles(self) -> dict[NodeId, NodeTrouble]:
        """Return what is wrong with which node."""
        rows = self.connection.execute(select(troubles).order_by(troubles.c.node))
        return {
            NodeId(row.node): NodeTrouble(
                node=NodeId(row.node), reason=row.reason, since=row.since, outage=row.outage
            )
            for row in rows
        }

    def put_trouble(self, trouble: NodeTrouble) -> None:
        """Write what is wrong with a node."""
        values = asdict(trouble)
        upsert(self.connection, troubles, {"node": values.pop("node")}, values)

    def remove_trouble(self, node: NodeId) -> None:
        """Note that a node is well."""
        self.connection.execute(delete(troubles).where(troubles.c.node == node))

    def endangered(self) -> dict[BookingId, Endangered]:
        """Return the bookings that are endangered."""
        rows = self.connection.execute(select(endangered).order_by(endangered.c.since))
        return {
            BookingId(row.booking): Endangered(
                booking=BookingId(row.booking),
                reason=row.reason,
                since=row.since,
                told=row.told,
                notice=row.notice,
            )
            for row in rows
        }

    def put_endangered(self, entry: Endangered) -> None:
        """Write that a booking is endangered."""
        values = asdict(entry)
        upsert(self.connection, endangered, {"booking": values.pop("booking")}, values)

    def remove_endangered(self, booking: BookingId) -> None:
        """Note that a booking is safe, or over."""
        self.connection.execute(delete(endangered).where(endangered.c.booking == booking))
