"""The tables. Every row carries its cluster and, where it belongs to one, its project."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    false,
    text,
)

from maia_hub.store.types import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _cluster() -> Column[str]:
    return Column("cluster", String(63), nullable=False, server_default="default")


def _project() -> Column[str]:
    return Column("project", String(63), nullable=False, server_default="default")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


pools = Table(
    "pools",
    metadata,
    Column("id", String(63), primary_key=True),
    _cluster(),
    Column("product", String(120), nullable=False),
    Column("resource", String(120), nullable=False),
    Column("simulated", Boolean, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", String(253), primary_key=True),
    _cluster(),
    Column("pool", ForeignKey("pools.id"), nullable=False),
    Column("capacity", Integer, CheckConstraint("capacity >= 0", name="capacity"), nullable=False),
)

gpus = Table(
    "gpus",
    metadata,
    Column("id", String(120), primary_key=True),
    _cluster(),
    Column("node", ForeignKey("nodes.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("product", String(120), nullable=False),
    Column("memory", Integer, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("mig_profile", String(63)),
    Column("present", Boolean, nullable=False),
)
Index("ix_gpus_node", gpus.c.node)

outages = Table(
    "outages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _cluster(),
    Column("node", ForeignKey("nodes.id"), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("gpus", Integer, CheckConstraint("gpus > 0", name="gpus"), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("gpu", String(255)),
    CheckConstraint("starts_at < ends_at", name="interval"),
)

bookings = Table(
    "bookings",
    metadata,
    Column("id", Uuid, primary_key=True),
    _cluster(),
    _project(),
    Column("user", String(255), nullable=False),
    Column("pool", ForeignKey("pools.id"), nullable=False),
    Column("node", ForeignKey("nodes.id"), nullable=False),
    Column("gpus", Integer, CheckConstraint("gpus > 0", name="gpus"), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("cause", String(16)),
    Column("ended_at", UtcDateTime),
    Column("first_used", UtcDateTime),
    Column("created", UtcDateTime, nullable=False),
    Column("note", String(200), nullable=False),
    Column("series", ForeignKey("series.id")),
    Column("class_group", ForeignKey("class_groups.id")),
    Column(
        "occupied_until",
        UtcDateTime,
        Computed("CASE WHEN ended_at < ends_at THEN ended_at ELSE ends_at END", persisted=True),
    ),
    CheckConstraint("starts_at < ends_at", name="interval"),
    CheckConstraint("state IN ('requested', 'confirmed', 'active', 'ended')", name="state"),
    CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL AND cause IS NOT NULL)", name="ended"),
)
Index("ix_bookings_node_time", bookings.c.node, bookings.c.starts_at, bookings.c.occupied_until)
Index("ix_bookings_user", bookings.c.user, bookings.c.ends_at)
Index("ix_bookings_occupied_until", bookings.c.occupied_until)
Index("ix_bookings_project", bookings.c.project, bookings.c.occupied_until)
Index("ix_bookings_series", bookings.c.series, **_where("series IS NOT NULL"))
Index("ix_bookings_class_group", bookings.c.class_group, **_where("class_group IS NOT NULL"))
Index("ix_bookings_live", bookings.c.ends_at, **_where("state <> 'ended'"))

leases = Table(
    "leases",
    metadata,
    Column("id", Uuid, primary_key=True),
    _cluster(),
    _project(),
    Column("kind", String(16), nullable=False),
    Column("user", String(255), nullable=False),
    Column("server", String(63), nullable=False),
    Column("pool", ForeignKey("pools.id"), nullable=False),
    Column("node", ForeignKey("nodes.id"), nullable=False),
    Column("booking", ForeignKey("bookings.id")),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("fixed", Boolean, nullable=False, server_default=false()),
    Column("released", UtcDateTime),
    Column("ended_by", String(16)),
    CheckConstraint("(kind = 'booked') = (booking IS NOT NULL)", name="kind"),
    CheckConstraint("(released IS NULL) = (ended_by IS NULL)", name="released"),
)
Index("ix_leases_live", leases.c.user, leases.c.server, **_where("released IS NULL"))
Index("ix_leases_since", leases.c.since)
Index("ix_leases_released", leases.c.released)
Index("ix_leases_booking", leases.c.booking)

lease_gpus = Table(
    "lease_gpus",
    metadata,
    Column("lease", ForeignKey("leases.id"), primary_key=True),
    Column("gpu", ForeignKey("gpus.id"), primary_key=True),
    Column("live", Boolean, nullable=False),
)
Index("uq_lease_gpus_one_live_holder", lease_gpus.c.gpu, unique=True, **_where("live"))

pods = Table(
    "pods",
    metadata,
    Column("lease", ForeignKey("leases.id"), primary_key=True),
    _cluster(),
    Column("namespace", String(63), nullable=False),
    Column("name", String(253), nullable=False),
    Column("admitted", UtcDateTime, nullable=False),
)

servers = Table(
    "servers",
    metadata,
    Column("user", String(255), primary_key=True),
    Column("server", String(63), primary_key=True),
    _cluster(),
    _project(),
    Column("grant_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("last_choice", String(120)),
    Column("resume", String(120)),
    Column("switch_to", String(120)),
    Column("stopping", String(16)),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _cluster(),
    Column("user", String(255), nullable=False),
    Column("server", String(63), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("title", String(200), nullable=False),
    Column("message", Text, nullable=False),
    Column("booking", Uuid),
    Column("dismissed", Boolean, nullable=False),
)
Index("ix_notices_open", notices.c.user, **_where("NOT dismissed"))

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _cluster(),
    _project(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("user", String(255), nullable=False),
    Column("reason", Text, nullable=False),
    Column("before", JSON),
    Column("after", JSON),
    sqlite_autoincrement=True,
)
Index("ix_events_action", events.c.action, events.c.id)
Index("ix_events_user", events.c.user, events.c.id)
Index("ix_events_actor", events.c.actor, events.c.id)
Index("ix_events_project", events.c.project, events.c.id)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    _cluster(),
    Column("user", String(255), nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("hub_token", String(255), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("seen", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
)
