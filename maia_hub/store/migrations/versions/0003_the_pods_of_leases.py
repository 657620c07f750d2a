"""the pods of leases."""

import sqlalchemy as sa
from alembic import op

from maia_hub.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add which pod was admitted for a lease, at most one; find a booking's leases and a node's GPUs by indexes."""
    op.create_table(
        "pods",
        sa.Column("lease", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.String(length=63), server_default="default", nullable=False),
        sa.Column("namespace", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("admitted", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lease"], ["leases.id"], name=op.f("fk_pods_lease_leases")),
        sa.PrimaryKeyConstraint("lease", name=op.f("pk_pods")),
        if_not_exists=True,
    )
    op.create_index("ix_leases_booking", "leases", ["booking"], if_not_exists=True)
    op.create_index("ix_gpus_node", "gpus", ["node"], if_not_exists=True)


def downgrade() -> None:
    """Forget which pods were admitted for leases: running ones are taken for foreign until they end."""
    op.drop_index("ix_gpus_node", "gpus")
    op.drop_index("ix_leases_booking", "leases")
    op.drop_table("pods")
