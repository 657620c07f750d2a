"""alarms."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add which nodes are in trouble, and which bookings their nodes cannot keep."""
    op.create_table(
        "troubles",
        sa.Column("node", sa.String(length=253), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("outage", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["node"], ["nodes.id"], name=op.f("fk_troubles_node_nodes")),
        sa.ForeignKeyConstraint(
            ["outage"], ["outages.id"], name=op.f("fk_troubles_outage_outages"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_troubles")),
    )
    op.create_table(
        "endangered",
        sa.Column("booking", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("told", UtcDateTime(timezone=True), nullable=True),
        sa.Column("notice", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["booking"], ["bookings.id"], name=op.f("fk_endangered_booking_bookings")),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_endangered_notice_notices")),
        sa.PrimaryKeyConstraint("booking", name=op.f("pk_endangered")),
    )


def downgrade() -> None:
    """Forget which nodes are in trouble and which bookings are in danger: that is found anew."""
    op.drop_table("endangered")
    op.drop_table("troubles")
