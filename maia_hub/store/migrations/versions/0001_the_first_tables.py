"""the first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from maia_hub.store.postgresql import OURS
from maia_hub.store.types import UtcDateTime

revision = "0001"
down_revision = None


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_action", "events", ["action", "id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=63), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("dismissed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_open", "notices", ["user"], unique=False, **_where("NOT dismissed"))
    op.create_table(
        "pools",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("product", sa.String(length=120), nullable=False),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pools")),
    )
    op.create_table(
        "servers",
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=63), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_choice", sa.String(length=120), nullable=True),
        sa.Column("resume", sa.String(length=120), nullable=True),
        sa.Column("switch_to", sa.String(length=120), nullable=True),
        sa.Column("stopping", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("user", "server", name=op.f("pk_servers")),
    )
    op.create_table(
        "web_sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("hub_token", sa.String(length=255), nullable=False),
        sa.Column("created", UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_sessions")),
    )
    op.create_table(
        "nodes",
        sa.Column("id", sa.String(length=253), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_nodes_pool_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nodes")),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=253), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("first_used", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created", UtcDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column(
            "occupied_until",
            UtcDateTime(timezone=True),
            sa.Computed("CASE WHEN ended_at < ends_at THEN ended_at ELSE ends_at END", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL AND cause IS NOT NULL)", name=op.f("ck_bookings_ended")
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'confirmed', 'active', 'ended')", name=op.f("ck_bookings_state")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_bookings_interval")),
        sa.ForeignKeyConstraint(["node"], ["nodes.id"], name=op.f("fk_bookings_node_nodes")),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_bookings_pool_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index("ix_bookings_live", "bookings", ["ends_at"], unique=False, **_where("state <> 'ended'"))
    op.create_index(
        "ix_bookings_node_time", "bookings", ["node", "starts_at", "occupied_until"], unique=False
    )
    op.create_index("ix_bookings_user", "bookings", ["user", "ends_at"], unique=False)
    op.create_table(
        "gpus",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("node", sa.String(length=253), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=120), nullable=False),
        sa.Column("memory", sa.Integer(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("mig_profile", sa.String(length=63), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["node"], ["nodes.id"], name=op.f("fk_gpus_node_nodes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gpus")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("node", sa.String(length=253), nullable=False),
        sa.Column("starts_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_outages_interval")),
        sa.ForeignKeyConstraint(["node"], ["nodes.id"], name=op.f("fk_outages_node_nodes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    op.create_table(
        "leases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("project", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=63), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=253), nullable=False),
        sa.Column("booking", sa.Uuid(), nullable=True),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("released", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=True),
        sa.CheckConstraint("(kind = 'booked') = (booking IS NOT NULL)", name=op.f("ck_leases_kind")),
        sa.CheckConstraint("(released IS NULL) = (ended_by IS NULL)", name=op.f("ck_leases_released")),
        sa.ForeignKeyConstraint(["booking"], ["bookings.id"], name=op.f("fk_leases_booking_bookings")),
        sa.ForeignKeyConstraint(["node"], ["nodes.id"], name=op.f("fk_leases_node_nodes")),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_leases_pool_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
    )
    op.create_index(
        "ix_leases_live", "leases", ["user", "server"], unique=False, **_where("released IS NULL")
    )
    op.create_index("ix_leases_since", "leases", ["since"], unique=False)
    op.create_table(
        "lease_gpus",
        sa.Column("lease", sa.Uuid(), nullable=False),
        sa.Column("gpu", sa.String(length=120), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["gpu"], ["gpus.id"], name=op.f("fk_lease_gpus_gpu_gpus")),
        sa.ForeignKeyConstraint(["lease"], ["leases.id"], name=op.f("fk_lease_gpus_lease_leases")),
        sa.PrimaryKeyConstraint("lease", "gpu", name=op.f("pk_lease_gpus")),
    )
    op.create_index("uq_lease_gpus_one_live_holder", "lease_gpus", ["gpu"], unique=True, **_where("live"))
    if op.get_bind().dialect.name == "postgresql":  # a SQLite file carries its mark in its header
        op.execute(f"COMMENT ON TABLE alembic_version IS '{OURS}'")
